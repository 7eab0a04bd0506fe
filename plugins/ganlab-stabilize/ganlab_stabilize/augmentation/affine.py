"""Affine maps of a batch of images, another one for each image, in one resampling.

Matrices `(N, 3, 3)` act on (x, y, 1) in pixels from the image's middle, x to the right and y down, and map a place of
the output to the place of the input that is shown there; so the map that acts on the image first comes first in a
product.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F


def translations(shift_N2: Tensor) -> Tensor:
    """What moves an image by (x, y) pixels."""
    matrices_N33 = torch.eye(3, dtype=shift_N2.dtype, device=shift_N2.device).repeat(len(shift_N2), 1, 1)
    matrices_N33[:, :2, 2] = -shift_N2
    return matrices_N33


def scalings(factor_N2: Tensor) -> Tensor:
    """What enlarges an image by these factors of x and y; -1 mirrors it."""
    return torch.diag_embed(torch.cat([1.0 / factor_N2, torch.ones_like(factor_N2[:, :1])], dim=1))


def quarter_turns(count_N: Tensor) -> Tensor:
    """What turns an image counter-clockwise by 90 degrees so many times."""
    angle_N = count_N * (torch.pi / 2)
    cosine_N, sine_N = angle_N.cos().round(), angle_N.sin().round()  # 0, 1 or -1 exactly
    matrices_N33 = torch.zeros(len(count_N), 3, 3, dtype=count_N.dtype, device=count_N.device)
    matrices_N33[:, 0, 0], matrices_N33[:, 0, 1] = cosine_N, -sine_N
    matrices_N33[:, 1, 0], matrices_N33[:, 1, 1] = sine_N, cosine_N
    matrices_N33[:, 2, 2] = 1.0
    return matrices_N33


def resample(
    images_NCHW: Tensor,
    matrices_N33: Tensor,
    *,
    mode: Literal["nearest", "bilinear"],
    outside: Literal["zeros", "reflection"],
) -> Tensor:
    """The images as the maps show them, same shape; `outside` is what is seen beyond an image's edges."""
    height, width = images_NCHW.shape[2:]
    half_3 = torch.tensor([width / 2, height / 2, 1.0], dtype=matrices_N33.dtype, device=matrices_N33.device)
    in_halves_N33 = matrices_N33 * half_3 / half_3[:, None]
    grid_NHW2 = F.affine_grid(in_halves_N33[:, :2], list(images_NCHW.shape), align_corners=False)
    return F.grid_sample(images_NCHW, grid_NHW2, mode=mode, padding_mode=outside, align_corners=False)
