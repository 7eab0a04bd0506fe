"""`nonsaturating`: the first GAN's objective, with the generator's stronger gradient.

Goodfellow et al. 2014, arXiv 1406.2661: equation 1 for the discriminator; for the generator max log D(G(z))
in its place (section 3). With D = sigmoid(logit), -log D is softplus(-logit) and -log(1 - D) softplus(logit).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from ganlab_core.interface.step import StepContext


def discriminator_loss(real_N: Tensor, fake_N: Tensor) -> Tensor:
    """-E log D(x) - E log(1 - D(G(z))) of logits `(N,)`: a scalar in nats."""
    return F.softplus(-real_N).mean() + F.softplus(fake_N).mean()


def generator_loss(fake_N: Tensor) -> Tensor:
    """-E log D(G(z)) of logits `(N,)`: a scalar in nats."""
    return F.softplus(-fake_N).mean()


class NonSaturating:
    """Cross-entropy of real against fake; the generator maximises log D(G(z)) (Goodfellow et al. 2014)."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar, from one joint pass of real and fake."""
        return discriminator_loss(*step.logits("real", "fake"))

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar."""
        return generator_loss(*step.logits("fake"))
