"""`lecam`: a bound on how far the discriminator's predictions of real and fake images drift apart.

Tseng et al. 2021, arXiv 2104.03310, section 3: with the exponential moving averages a_R and a_F of what D says of real
and of fake images,

    R = E |D(x) - a_F|^2 + E |D(G(z)) - a_R|^2.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ganlab_core import StepContext
from ganlab_stabilize.augmentation.policy import Policy, PolicyView


def lecam_penalty(real_N: Tensor, fake_N: Tensor, *, real_anchor: Tensor, fake_anchor: Tensor) -> Tensor:
    """E (D(x) - a_F)^2 + E (D(G(z)) - a_R)^2 of logits `(N,)` and two constants: a scalar, >= 0."""
    return (real_N - fake_anchor).square().mean() + (fake_N - real_anchor).square().mean()


class LeCam(nn.Module):
    """Holds the discriminator's predictions near moving averages of those of the other kind (Tseng et al. 2021).

    Acts in the discriminator's phase beside an adversarial loss. The averages move with each of its batches, and the
    first batch's predictions are taken whole: `starts` in a recipe is the paper's warm-up.

    Args:
        decay: of the moving averages.
        policy: show D images augmented by the policy of a `diffaugment` in the same recipe, whose predictions are then
            the ones that are held; none shows the images themselves.
    """

    anchors_2: Tensor
    batches: Tensor

    def __init__(self, *, decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.99, policy: Policy = ()) -> None:
        super().__init__()
        self._decay = decay
        self._view = PolicyView(policy) if policy else None
        self.register_buffer("anchors_2", torch.zeros(2))  # of real and of fake images
        self.register_buffer("batches", torch.zeros((), dtype=torch.int64))

    def discriminator(self, step: StepContext) -> Tensor:
        """The penalty at averages that hold this batch already; a scalar."""
        seen = step if self._view is None else step.through(self._view)
        logits_2N = torch.stack([logits_N.float() for logits_N in seen.logits("real", "fake")])
        self._move_anchors(logits_2N.detach().mean(dim=1))
        real_anchor, fake_anchor = self.anchors_2.clone().unbind()
        step.record("anchor_real", real_anchor)
        step.record("anchor_fake", fake_anchor)
        return lecam_penalty(*logits_2N, real_anchor=real_anchor, fake_anchor=fake_anchor)

    @torch.no_grad()
    def _move_anchors(self, means_2: Tensor) -> None:
        moved_2 = torch.lerp(means_2, self.anchors_2, self._decay)
        self.anchors_2.copy_(torch.where(self.batches == 0, means_2, moved_2))
        self.batches.add_(1)
