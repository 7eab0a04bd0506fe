"""`r1`: the gradient penalty on real images (Mescheder et al. 2018, arXiv 1801.04406, equation 9)."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core.interface.step import Source, StepContext
from ganlab_core.stock.losses.sample_gradients import sample_gradients


def r1_penalty(gradients_ND: Tensor, *, gamma: float) -> Tensor:
    """gamma / 2 E ||grad D(x)||^2 of each real image's own gradient: a scalar."""
    return 0.5 * gamma * gradients_ND.square().sum(dim=1).mean()


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
        return self.penalty(step, "real", loss="r1")

    def penalty(self, step: StepContext, source: Source, *, loss: str) -> Tensor:
        """The penalty on the step's images of one source, for the loss of that name: a scalar."""
        images_NCHW = step.images(source)
        if step.number % self.every:
            return images_NCHW.new_zeros(())
        gradients_ND = sample_gradients(step.networks, images_NCHW, loss=loss, codes=step.told(source))
        return r1_penalty(gradients_ND, gamma=self.gamma * self.every)
