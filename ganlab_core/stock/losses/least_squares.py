"""`least-squares`: LSGAN with targets 0 and 1 (Mao et al. 2017, arXiv 1611.04076, equation 9)."""

from __future__ import annotations

from torch import Tensor

from ganlab_core.interface.step import StepContext


def discriminator_loss(real_N: Tensor, fake_N: Tensor) -> Tensor:
    """E (D(x) - 1)^2 / 2 + E D(G(z))^2 / 2 of logits `(N,)`: a scalar."""
    return 0.5 * ((real_N - 1).square().mean() + fake_N.square().mean())


def generator_loss(fake_N: Tensor) -> Tensor:
    """E (D(G(z)) - 1)^2 / 2 of logits `(N,)`: a scalar."""
    return 0.5 * (fake_N - 1).square().mean()


class LeastSquares:
    """Squared distance of the logit to 1 for real and 0 for fake images (Mao et al. 2017)."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar, from one joint pass of real and fake."""
        return discriminator_loss(*step.logits("real", "fake"))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar."""
        return generator_loss(*step.logits("fake"))
