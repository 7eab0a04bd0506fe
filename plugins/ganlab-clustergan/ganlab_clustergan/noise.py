"""`clustergan`: the continuous half of ClusterGAN's latent, narrow noise that the encoder reads back.

Mukherjee et al. 2019, arXiv 1809.03627: the latent is z = (z_n, z_c), z_n ~ N(0, sigma^2 I) with a small sigma, so that
it does not reach from one one-hot z_c to the next. The one-hot half is ganlab's own `categorical` prior.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core import Draw


def squared_error(estimate_NW: Tensor, value_NW: Tensor) -> Tensor:
    """||z_n - estimate||^2 `(N,)` of each row, summed over its columns, in float32 or the values' wider type."""
    return (value_NW - estimate_NW).square().sum(dim=1)


class EncodedNoise:
    """ClusterGAN's narrow normal noise, which a recognition head estimates (Mukherjee et al. 2019).

    Args:
        dim: how many numbers, 30 for the paper's MNIST.
        std: their standard deviation, sigma in the paper.
    """

    def __init__(self, *, dim: PositiveInt = 30, std: PositiveFloat = 0.1) -> None:
        self.width = dim
        self.recognition_width = dim
        self.std = std

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        """Draw `(batch_size, dim)` on the generator's device; `step` changes nothing."""
        unit_NW = torch.randn(batch_size, self.width, generator=generator, device=generator.device)
        value_NW = self.std * unit_NW
        return Draw(value_NW, target=value_NW)

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        """The draw with `value` in every place."""
        value_NW = torch.full((batch_size, self.width), float(value), device=device)
        return Draw(value_NW, target=value_NW)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        """Squared error `(N,)` of the estimates `(N, dim)`, whichever `target`.

        That is the negative log-density in nats under normals of variance 1/2, without its constant.
        """
        return squared_error(parameters_NR, draw.value_NW)
