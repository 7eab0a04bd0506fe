"""How a judge learns: a stratified fifth held out, Adam on cross-entropy, small shifts and rotations.

Every random number comes from an explicit generator, so the same collection gives the same judge on the same device.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData, to_unit_range
from ganlab_core.interface.randomness import derived_generator

_BATCH = 64
_PEAK_LEARNING_RATE = 3e-3
_IMAGES_SEEN = 400 * _BATCH  # enough for the simple collections, within the two bounds below
_FEWEST_PASSES, _MOST_PASSES = 3, 20
_MAX_ANGLE = math.radians(10)
_MAX_SHIFT = 0.16  # of half a side, as `affine_grid` measures


def held_out_mask(labels_N: Tensor) -> Tensor:
    """True `(N,)` for the images kept from training: a fifth of each class, at least one where it has two.

    Raises:
        GanlabError: nothing would be held out, or fewer than two images would be left.
    """
    mask_N = torch.zeros(len(labels_N), dtype=torch.bool)
    for label in range(len(torch.bincount(labels_N))):
        members_M = (labels_N == label).nonzero().squeeze(1)
        order_M = torch.randperm(len(members_M), generator=derived_generator(0, "judge", "held out", label))
        mask_N[members_M[order_M[: max(len(members_M) // 5, int(len(members_M) > 1))]]] = True
    if not mask_N.any() or int((~mask_N).sum()) < 2:
        raise GanlabError(
            f"a judge cannot learn from {len(labels_N)} labelled images: it needs a class with two images and "
            "three images in all; give more images, or a judge's weights"
        )
    return mask_N


def train_classifier(classifier: nn.Module, data: ImageData) -> None:
    """Train `(N, C, H, W)` in [-1, 1] to logits `(N, K)`, in place, on what `held_out_mask` leaves.

    Raises:
        GanlabError: what `held_out_mask` raises.
    """
    assert data.labels_N is not None
    device = next(classifier.parameters()).device
    learned_M = (~held_out_mask(data.labels_N)).nonzero().squeeze(1)
    passes = min(max(math.ceil(_IMAGES_SEEN / len(learned_M)), _FEWEST_PASSES), _MOST_PASSES)
    # Equal parts rather than full batches and a rest: a rest of one image has no batch statistics.
    batches = math.ceil(len(learned_M) / _BATCH)
    optimiser = torch.optim.Adam(classifier.parameters(), lr=_PEAK_LEARNING_RATE, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _PEAK_LEARNING_RATE, total_steps=passes * batches)
    classifier.train()
    for number in range(passes):
        generator = derived_generator(0, "judge", "pass", number)
        order_M = learned_M[torch.randperm(len(learned_M), generator=generator)]
        for batch_B in torch.tensor_split(order_M, batches):
            images_NCHW = to_unit_range(data.images_NCHW[batch_B].to(device))
            logits_NK = classifier(_jittered(images_NCHW, generator=generator))
            optimiser.zero_grad()
            torch.autograd.backward(F.cross_entropy(logits_NK, data.labels_N[batch_B].to(device)))
            optimiser.step()
            schedule.step()
    classifier.eval()


def _jittered(images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10 degrees and shifted by up to 8 % of its side, at random; the border is repeated."""
    angle_N, right_N, down_N = torch.rand(3, len(images_NCHW), generator=generator).mul(2).sub(1)
    cos_N, sin_N = torch.cos(angle_N * _MAX_ANGLE), torch.sin(angle_N * _MAX_ANGLE)
    upper_N3 = torch.stack([cos_N, -sin_N, right_N * _MAX_SHIFT], dim=1)
    lower_N3 = torch.stack([sin_N, cos_N, down_N * _MAX_SHIFT], dim=1)
    affine_N23 = torch.stack([upper_N3, lower_N3], dim=1).to(images_NCHW.device)
    grid_NHW2 = F.affine_grid(affine_N23, list(images_NCHW.shape), align_corners=False)
    return F.grid_sample(images_NCHW, grid_NHW2, padding_mode="border", align_corners=False)
