"""A network that learns to read codes in real images, and that no generator has learned from.

What a generator learned to be read as by one network need not show it: there are images that one network alone takes
for a class. So what it draws is read by another one, a `Judge`, trained on real images and the codes that were found
for them as the judge is on labels. No label has a say.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core import Judge, derived_generator, derived_seed, to_unit_range
from ganlab_elastic.views.views import Views

_STEPS, _BATCH = 300, 64
_PEAK_LEARNING_RATE = 3e-3
_HELD_OUT = 5  # one image of so many
_VIEWS = Views(rotate=10.0, zoom=(0.9, 1.1), shift=0.06)


def train_reader(
    images_NCHW: Tensor, codes_N: Tensor, *, codes: int, seed: int, device: torch.device, steps: int = _STEPS
) -> Judge:
    """A reader; its `accuracy` is the share of images held out, a fifth, that it reads as the code they were given.

    Codes are seen equally often, however many images they have.

    Args:
        images_NCHW: real images, uint8.
        codes_N: the code that each was given, int64 on the CPU.
        codes: how many codes.
        seed: of its parameters and of the order of images.
        device: where it learns.
        steps: how many, of 64 images.
    """
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(derived_seed(seed, "reader"))
        reader = Judge(channels=images_NCHW.shape[1], classes=codes).to(device).train()
        order_N = torch.randperm(len(codes_N), generator=derived_generator(seed, "reader", "order"))
        held_M, learned_N = order_N[: len(order_N) // _HELD_OUT], order_N[len(order_N) // _HELD_OUT :]
        weights_N = (1.0 / torch.bincount(codes_N[learned_N], minlength=codes))[codes_N[learned_N]]
        optimiser = torch.optim.Adam(reader.parameters(), lr=_PEAK_LEARNING_RATE)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _PEAK_LEARNING_RATE, total_steps=steps)
        for number in range(steps):
            random = derived_generator(seed, "reader", number)
            batch_B = learned_N[torch.multinomial(weights_N, _BATCH, replacement=True, generator=random)]
            views_NCHW = _VIEWS(to_unit_range(images_NCHW[batch_B]), generator=random)
            loss = F.cross_entropy(reader(views_NCHW.to(device)), codes_N[batch_B].to(device))
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    reader.eval()
    if len(held_M):
        read_M = reader.label(to_unit_range(images_NCHW[held_M]))
        reader.accuracy = (read_M == codes_N[held_M]).double().mean().item()
    return reader
