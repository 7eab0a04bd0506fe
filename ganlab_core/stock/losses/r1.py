"""`r1`: the gradient penalty on real images (Mescheder et al. 2018, arXiv 1801.04406, equation 9)."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core.interface.step import StepContext
from ganlab_core.stock.losses.zero_centred import zero_centred


class R1:
    """Keeps the discriminator flat at real images: gamma / 2 E ||grad D(x)||^2 (Mescheder et al. 2018).

    Needs a trunk without batch statistics: `networks.trunk.norm: layer` with dcgan.

    Args:
        gamma: the penalty's strength.
        every: take it each so many steps only, that much stronger: StyleGAN2's lazy regularisation
            (Karras et al. 2020, arXiv 1912.04958, section 3.1).
    """

    def __init__(self, *, gamma: PositiveFloat = 10.0, every: PositiveInt = 1) -> None:
        self.gamma = gamma
        self.every = every

    def discriminator(self, step: StepContext) -> Tensor:
        """The penalty times `every`, and zero at the steps between."""
        return zero_centred(step, "real", gamma=self.gamma, every=self.every, loss="r1")
