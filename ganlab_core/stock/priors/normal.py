"""`normal`: the generator's noise (Goodfellow et al. 2014, arXiv 1406.2661, section 3)."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import Draw


class Normal:
    """Noise: independent standard normals, which no recognition head predicts.

    Args:
        dim: how many.
    """

    recognition_width = 0

    def __init__(self, *, dim: PositiveInt = 62) -> None:
        self.width = dim

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        """Draw `(batch_size, dim)` on the generator's device; `step` changes nothing."""
        return Draw(torch.randn(batch_size, self.width, generator=generator, device=generator.device))

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        """The draw with `value` in every place."""
        return Draw(torch.full((batch_size, self.width), float(value), device=device))

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        """Noise has no likelihood under a recognition head.

        Raises:
            GanlabError: always.
        """
        raise GanlabError("a `normal` prior is noise that nobody predicts: use `uniform` for a continuous code")
