"""`relativistic-pairing`: each fake image against a real one.

RpGAN (Jolicoeur-Martineau 2018, arXiv 1807.00734) as in R3GAN (Huang et al. 2024, arXiv 2501.05441), which adds
zero-centred gradient penalties on real and on generated images: with that on real images alone it need not converge.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganlab_core import StepContext


def pairing_loss(above_N: Tensor, below_N: Tensor) -> Tensor:
    """E log(1 + exp(-(a_n - b_n))) over pairs of logits `(N,)`: a scalar in nats, >= 0."""
    return F.softplus(below_N - above_N).mean()


class RelativisticPairing:
    """Each fake image's logit against a real one's, pair by pair; goes with `r1` and `r2` (Huang et al. 2024)."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar, from one joint pass of real and fake."""
        real_N, fake_N = step.logits("real", "fake")
        return pairing_loss(real_N, fake_N)

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar: the discriminator's with real and fake swapped."""
        real_N, fake_N = step.logits("real", "fake")
        return pairing_loss(fake_N, real_N)
