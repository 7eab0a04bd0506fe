"""`uniform`: InfoGAN's continuous code (Chen et al. 2016, arXiv 1606.03657, sections 6 and 7.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import Draw

# Without an end to it, an exact prediction would drive the variance to 0 and the likelihood to infinity.
_LOG_VARIANCE_RANGE = (-10.0, 10.0)


def gaussian_nll(mean_NW: Tensor, log_variance_NW: Tensor, value_NW: Tensor) -> Tensor:
    """Negative log-density `(N,)` in nats of values under independent Gaussians, summed over the columns."""
    squared_NW = (value_NW - mean_NW).square() * torch.exp(-log_variance_NW)
    return 0.5 * (squared_NW + log_variance_NW + math.log(2 * math.pi)).sum(dim=1)


class Uniform:
    """Continuous code: independent uniform numbers, which the recognition head predicts as Gaussians.

    Args:
        dim: how many numbers.
        low: their lower end.
        high: their upper end, above `low`.
        variance: the Gaussians' variance: `learned` for each image (the head gives means, then log-variances,
            clipped to -10 to 10), or `fixed` at 1 (it gives means alone), as InfoGAN's authors do on MNIST.
    """

    def __init__(
        self,
        *,
        dim: PositiveInt = 1,
        low: float = -1.0,
        high: float = 1.0,
        variance: Literal["learned", "fixed"] = "learned",
    ) -> None:
        if not low < high:
            raise GanlabError(f"uniform prior: low {low:g} is not below high {high:g}: give a range such as -1 to 1")
        self.dim = dim
        self.width = dim
        self.low = low
        self.high = high
        self.variance = variance
        self.recognition_width = 2 * dim if variance == "learned" else dim

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        """Draw `(batch_size, dim)` in [low, high) on the generator's device; `step` changes nothing."""
        unit_NW = torch.rand(batch_size, self.width, generator=generator, device=generator.device)
        value_NW = self.low + (self.high - self.low) * unit_NW
        return Draw(value_NW, target=value_NW)

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        """The draw with `value` in every place; it may lie outside the range, as in InfoGAN's figures."""
        return self.fixed_each((value,) * self.dim, batch_size, device=device)

    def fixed_each(self, numbers: Sequence[float], batch_size: int, *, device: torch.device) -> Draw:
        """The draw with `numbers`, one for each place, in every row; they may lie outside the range.

        Raises:
            GanlabError: they are not `dim` numbers.
        """
        if len(numbers) != self.dim:
            raise GanlabError(f"{len(numbers)} numbers for a code of {self.dim}: give one for each")
        value_NW = torch.tensor([*map(float, numbers)], device=device).repeat(batch_size, 1)
        return Draw(value_NW, target=value_NW)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        """Negative log-density `(N,)` in nats of the drawn numbers under a factored Gaussian, whichever `target`."""
        if self.variance == "learned":
            mean_NW, log_variance_NW = parameters_NR.chunk(2, dim=1)
            return gaussian_nll(mean_NW, log_variance_NW.clamp(*_LOG_VARIANCE_RANGE), draw.value_NW)
        return gaussian_nll(parameters_NR, torch.zeros_like(parameters_NR), draw.value_NW)
