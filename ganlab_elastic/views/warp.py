"""Affine maps and smooth displacements of a batch of images, a different one for each image, in a single resampling.

Coordinates are those of `torch.nn.functional.grid_sample` with `align_corners=False`: x runs right and y down, and the
image's outer edges are at -1 and 1. A matrix maps a place in the output to the place in the input that is shown there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_DISPLACEMENT_NODES = 4


def sampling_matrices(
    *, degrees_N: Tensor, zoom_N: Tensor, shear_N: Tensor, mirror_N: Tensor, centre_N2: Tensor, size: tuple[int, int]
) -> Tensor:
    """Matrices `(N, 2, 3)` that rotate, enlarge, shear and mirror about the point of the input shown in the middle.

    Args:
        degrees_N: counter-clockwise rotation of what is seen.
        zoom_N: enlargement; above one shows a part, below one shows more than the image.
        shear_N: tangent of the angle by which vertical lines lean.
        mirror_N: 1 leaves left and right, -1 swaps them.
        centre_N2: point (x, y) of the input that is shown in the middle, from -1 to 1.
        size: (height, width) in pixels: a rotation is one in pixels, not in these coordinates.
    """
    height, width = size
    radians_N = degrees_N.deg2rad()
    cosine_N, sine_N = radians_N.cos() / zoom_N, radians_N.sin() / zoom_N
    x_from_x_N = cosine_N * mirror_N
    y_from_x_N = sine_N * mirror_N * (width / height)
    x_from_y_N = (cosine_N * shear_N - sine_N) * (height / width)
    y_from_y_N = sine_N * shear_N + cosine_N
    linear_N22 = torch.stack([x_from_x_N, x_from_y_N, y_from_x_N, y_from_y_N], dim=1).view(-1, 2, 2)
    return torch.cat([linear_N22, centre_N2[:, :, None]], dim=2)


def smooth_displacement(images_NCHW: Tensor, *, pixels: float, generator: torch.Generator) -> Tensor:
    """A smooth random field `(N, H, W, 2)` that moves each pixel by at most `pixels` in x and in y.

    Uniform values on a coarse grid of nodes, interpolated: a mild elastic distortion (Simard et al. 2003).
    """
    count, _, height, width = images_NCHW.shape
    shape = (count, 2, _DISPLACEMENT_NODES, _DISPLACEMENT_NODES)
    nodes_N2HW = torch.rand(shape, generator=generator, device=images_NCHW.device) * 2.0 - 1.0
    field_N2HW = F.interpolate(nodes_N2HW, (height, width), mode="bilinear", align_corners=True)
    pixel_2 = torch.tensor([2.0 / width, 2.0 / height], device=images_NCHW.device)
    return field_N2HW.permute(0, 2, 3, 1) * (pixels * pixel_2)


def warp(images_NCHW: Tensor, matrices_N23: Tensor, displacement_NHW2: Tensor | None = None) -> Tensor:
    """The images resampled bilinearly, same shape; places outside the input show its nearest edge pixel."""
    grid_NHW2 = F.affine_grid(matrices_N23, list(images_NCHW.shape), align_corners=False)
    if displacement_NHW2 is not None:
        grid_NHW2 = grid_NHW2 + displacement_NHW2
    return F.grid_sample(images_NCHW, grid_NHW2, mode="bilinear", padding_mode="border", align_corners=False)


def cut_out(images_NCHW: Tensor, side: float, *, generator: torch.Generator) -> Tensor:
    """A square of each image becomes 0, mid-grey (DiffAugment's cutout, Zhao et al. 2020, arXiv 2006.10738).

    Its middle is drawn evenly from the image, so that part of it may lie outside.

    Args:
        images_NCHW: in [-1, 1].
        side: the square's, as a fraction of the image's height and width.
        generator: on the images' device.
    """
    middle_N2 = torch.rand((len(images_NCHW), 2), generator=generator, device=images_NCHW.device)

    def inside(middle_N1: Tensor, size: int) -> Tensor:
        place_S = (torch.arange(size, device=images_NCHW.device) + 0.5) / size
        return (place_S - middle_N1).abs() < side / 2

    rows_NH = inside(middle_N2[:, :1], images_NCHW.shape[2])
    columns_NW = inside(middle_N2[:, 1:], images_NCHW.shape[3])
    return images_NCHW.masked_fill((rows_NH[:, :, None] & columns_NW[:, None, :])[:, None], 0.0)
