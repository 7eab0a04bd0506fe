"""`hinge`: geometric GAN's margin.

Lim and Ye 2017, arXiv 1705.02894; as written here, Miyato et al. 2018, arXiv 1802.05957, equations 16 and 17.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganlab_core.interface.step import StepContext


def discriminator_loss(real_N: Tensor, fake_N: Tensor) -> Tensor:
    """E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))) of logits `(N,)`: a scalar."""
    return F.relu(1 - real_N).mean() + F.relu(1 + fake_N).mean()


def generator_loss(fake_N: Tensor) -> Tensor:
    """-E D(G(z)) of logits `(N,)`: a scalar."""
    return -fake_N.mean()


class Hinge:
    """Logits pushed beyond a margin of 1; goes well with spectral normalisation (Lim and Ye 2017)."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar, from one joint pass of real and fake."""
        return discriminator_loss(*step.logits("real", "fake"))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar."""
        return generator_loss(*step.logits("fake"))
