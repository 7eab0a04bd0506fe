"""Which images look alike, from pixels alone: the positives of neighbour consistency, and the links of merging.

Nearest neighbours as positives after Van Gansbeke et al. 2020 (SCAN, arXiv 2005.12320), there in a learned embedding.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_LARGEST_SIDE = 32  # pixels: what tells classes apart in pixel space is coarse
_COMPONENTS = 50
_BLOCK = 1024


@torch.no_grad()
def pixel_components(images_NCHW: Tensor) -> Tensor:
    """Each image's `(N, 50)` principal components of its pixels, those of large images after shrinking them.

    The last column has most variance; images of fewer than 50 pixels have as many components as pixels.
    """
    side = min(_LARGEST_SIDE, images_NCHW.shape[-1])
    small_NCHW = F.interpolate(images_NCHW, (side, side), mode="area") if side < images_NCHW.shape[-1] else images_NCHW
    pixels_ND = small_NCHW.flatten(1)
    centred_ND = pixels_ND - pixels_ND.mean(dim=0)
    # Half precision has no eigenvectors on every device, and would confuse which neighbours are nearest.
    with torch.autocast(device_type=pixels_ND.device.type, enabled=False):
        covariance_DD = centred_ND.T @ centred_ND / len(centred_ND)
        directions_DD = torch.linalg.eigh(covariance_DD).eigenvectors
        components_ND: Tensor = centred_ND @ directions_DD[:, -_COMPONENTS:]
    return components_ND


@torch.no_grad()
def nearest_neighbours(points_ND: Tensor, *, count: int) -> Tensor:
    """Indices `(N, count)` of the nearest other points by Euclidean distance, nearest first."""
    blocks = []
    for start in range(0, len(points_ND), _BLOCK):
        distances = torch.cdist(points_ND[start : start + _BLOCK], points_ND)
        rows = torch.arange(len(distances), device=points_ND.device)
        distances[rows, rows + start] = torch.inf
        blocks.append(distances.topk(count, largest=False).indices)
    return torch.cat(blocks)
