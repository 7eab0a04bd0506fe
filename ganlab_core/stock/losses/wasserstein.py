"""`wasserstein`: a critic's estimate of the earth mover's distance.

Arjovsky et al. 2017, arXiv 1701.07875, equations 2 and 3. The estimate holds for critics of bounded slope:
add `gradient-penalty`, or spectral normalisation, to the recipe.
"""

from __future__ import annotations

from torch import Tensor

from ganlab_core.interface.step import StepContext


def discriminator_loss(real_N: Tensor, fake_N: Tensor) -> Tensor:
    """E D(G(z)) - E D(x) of logits `(N,)`: a scalar, minus the estimated distance."""
    return fake_N.mean() - real_N.mean()


def generator_loss(fake_N: Tensor) -> Tensor:
    """-E D(G(z)) of logits `(N,)`: a scalar."""
    return -fake_N.mean()


class Wasserstein:
    """Difference of the critic's means; the critic's slope must be bounded (Arjovsky et al. 2017)."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar, from one joint pass of real and fake."""
        return discriminator_loss(*step.logits("real", "fake"))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar."""
        return generator_loss(*step.logits("fake"))
