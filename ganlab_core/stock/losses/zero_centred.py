"""The penalty that R1 and R2 share: the squared slope of the discriminator at a step's images."""

from __future__ import annotations

from torch import Tensor

from ganlab_core.interface.step import Source, StepContext
from ganlab_core.stock.losses.sample_gradients import sample_gradients


def zero_centred(step: StepContext, source: Source, *, gamma: float, every: int, loss: str) -> Tensor:
    """gamma / 2 E ||grad D(x)||^2 over a source's images, each one's own gradient: a scalar.

    At each step whose number `every` divides it is taken `every` times as strong, and it is zero at the others. `loss`
    is named in the message of a discriminator that it cannot be taken of.

    Raises:
        GanlabError: as `sample_gradients`.
    """
    images_NCHW = step.images(source)
    if step.number % every:
        return images_NCHW.new_zeros(())
    gradients_ND = sample_gradients(step.networks, images_NCHW, loss=loss, codes=step.told(source))
    return 0.5 * gamma * every * gradients_ND.square().sum(dim=1).mean()
