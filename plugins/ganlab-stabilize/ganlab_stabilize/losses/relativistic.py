"""`relativistic`: the relativistic average GAN (Jolicoeur-Martineau 2018, arXiv 1807.00734).

A real image should look more real than fake ones do on average, and a fake one less than real ones do; the generator
wants the opposite, and so learns from real images too.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganlab_core import StepContext


def average_loss(above_N: Tensor, below_N: Tensor) -> Tensor:
    """-E log s(a - E b) - E log(1 - s(b - E a)) of logits `(N,)`, s the logistic function: a scalar in nats, >= 0.

    Small where each of `above_N` is above the mean of `below_N`, and each of `below_N` below that of `above_N`.
    """
    return F.softplus(below_N.mean() - above_N).mean() + F.softplus(below_N - above_N.mean()).mean()


class Relativistic:
    """Each logit against the mean of the other kind's logits (Jolicoeur-Martineau 2018)."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar, from one joint pass of real and fake."""
        real_N, fake_N = step.logits("real", "fake")
        return average_loss(real_N, fake_N)

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar: the discriminator's with real and fake swapped."""
        real_N, fake_N = step.logits("real", "fake")
        return average_loss(fake_N, real_N)
