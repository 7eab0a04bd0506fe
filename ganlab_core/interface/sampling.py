"""`generate`: images of a generator, the same for the same seed."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganlab_core.interface.latent import Held
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.randomness import derived_generator


@torch.no_grad()
def generate(
    generator: nn.Module,
    prior: Prior,
    count: int,
    *,
    values: Mapping[str, Held] | None = None,
    seed: int,
    device: torch.device,
) -> Tensor:
    """`count` images `(count, C, H, W)` in [-1, 1], with the factors named in `values` held.

    The same seed gives the same noise whatever is held, so that grids can vary one thing at a time.
    """
    draws = derived_generator(seed, "samples", device=device)
    images_NCHW: Tensor = generator(prior.sample_with(values or {}, count, generator=draws).vector_NZ)
    return images_NCHW.float()
