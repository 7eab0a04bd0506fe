"""Drawing images from a generator and a prior, and laying them out as grids."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab_core.image_files.write import image_grid
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.sampling import generate

_ROWS_WITHOUT_CODE = 10


def sample_grid(generator: nn.Module, prior: Prior, *, columns: int, seed: int, device: torch.device) -> Tensor:
    """A grid `(C, H, W)` uint8: a row a category of the class code, the noise of a column the same in every row."""
    code = prior.class_code
    if code is None:
        images_NCHW = generate(generator, prior, columns * _ROWS_WITHOUT_CODE, seed=seed, device=device)
    else:
        rows = [
            generate(generator, prior, columns, values={code: category}, seed=seed, device=device)
            for category in range(prior.categorical[code].classes)
        ]
        images_NCHW = torch.cat(rows)
    return image_grid(images_NCHW, columns=columns)
