"""`r2`: the gradient penalty on generated images (Mescheder et al. 2018, arXiv 1801.04406, equation 10)."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core.interface.step import StepContext
from ganlab_core.stock.losses.zero_centred import zero_centred


class R2:
    """Keeps the discriminator flat at generated images: gamma / 2 E ||grad D(G(z))||^2 (Mescheder et al. 2018).

    A relativistic pairing loss needs it beside `r1` to converge (Huang et al. 2024, arXiv 2501.05441). Needs a trunk
    without batch statistics: `networks.trunk.norm: layer` with dcgan.

    Args:
        gamma: the penalty's strength.
        every: take it each so many steps only, that much stronger, as `r1` does.
    """

    def __init__(self, *, gamma: PositiveFloat = 10.0, every: PositiveInt = 1) -> None:
        self.gamma = gamma
        self.every = every

    def discriminator(self, step: StepContext) -> Tensor:
        """The penalty times `every`, and zero at the steps between."""
        return zero_centred(step, "fake", gamma=self.gamma, every=self.every, loss="r2")
