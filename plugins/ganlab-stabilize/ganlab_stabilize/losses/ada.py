"""`ada`: an adversarial loss on images that are augmented as often as the discriminator overfits.

Karras et al. 2020, arXiv 2006.06676, section 3: r_t = E sign(D(x)) over real images tells how sure D is of the images
that it trains on (a relativistic loss leaves the zero of D open, so there D is taken relative to fake images, as the
loss does); every few batches the probability p of each augmentation is raised where r_t is above a target and
lowered where it is below, by so much that it could go from 0 to 1 within so many images.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from ganlab_core import StepContext
from ganlab_stabilize.augmentation.pipeline import ALL_OPERATIONS, Operations, Pipeline
from ganlab_stabilize.losses.adversarial import ADVERSARIAL, FAKE_BASELINES, AdversarialName

PROBABILITY = "ada_p"
"""The name under which the probability is logged."""


def adjusted(p: Tensor, r: Tensor, *, target: float, change: Tensor) -> Tensor:
    """p moved by `change`, up where r is above the target and down where it is below; within 0 and 1."""
    return (p + (r - target).sign() * change).clamp(0.0, 1.0)


class Ada(nn.Module):
    """An adversarial loss on images augmented as often as D overfits, for small data sets (Karras et al. 2020).

    p holds for both phases of a step; it is adjusted between steps.

    Args:
        loss: which adversarial loss.
        operations: what may happen to an image, each with probability p; leave out what would change what it shows.
        target: the r_t to be held: 0 where D's signs are guesses, 1 where all real images look real to it.
        speed: real images within which p can go from 0 to 1.
        interval: steps between two adjustments.
    """

    p: Tensor
    signs: Tensor
    images: Tensor

    def __init__(
        self,
        *,
        loss: AdversarialName = "nonsaturating",
        operations: Operations = ALL_OPERATIONS,
        target: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.6,
        speed: PositiveInt = 500_000,
        interval: PositiveInt = 4,
    ) -> None:
        super().__init__()
        self._loss = ADVERSARIAL[loss]()
        self._fake_baseline = FAKE_BASELINES.get(loss)
        self._operations = operations
        self._target = target
        self._speed = speed
        self._interval = interval
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("signs", torch.zeros(()))  # their sum since the last adjustment,
        self.register_buffer("images", torch.zeros(()))  # over so many real images

    def prepare(self, step: StepContext) -> None:
        """Adjust p by what was seen since the last time, every so many steps."""
        if step.number % self._interval == 0:
            r = self.signs / self.images.clamp_min(1.0)
            self.p.copy_(adjusted(self.p, r, target=self._target, change=self.images / self._speed))
            self.signs.zero_()
            self.images.zero_()

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's term; a scalar."""
        seen = step.through(self._view())
        term = self._loss.discriminator(seen)
        signs_N = self._certainty(seen).sign()
        self.signs.add_(signs_N.sum())
        self.images.add_(len(signs_N))
        step.record(PROBABILITY, self.p.clone())
        step.record("ada_r", signs_N.mean())
        return term

    def generator(self, step: StepContext) -> Tensor:
        """The generator's term; a scalar."""
        return self._loss.generator(step.through(self._view()))

    @torch.no_grad()
    def _certainty(self, seen: StepContext) -> Tensor:
        """Logits `(N,)`, above 0 where the discriminator takes a real image for real."""
        if self._fake_baseline is None:
            return seen.logits("real")[0].float()
        real_N, fake_N = seen.logits("real", "fake")
        return real_N.float() - self._fake_baseline(fake_N.float())

    def _view(self) -> Pipeline:
        return Pipeline(self.p, self._operations)
