"""Which images look alike: the positives of neighbour consistency, from pixels alone, and the links of merging.

Nearest neighbours as positives after Van Gansbeke et al. 2020 (SCAN, arXiv 2005.12320), there in a learned embedding.

Shape suffixes: Q images whose neighbours are asked for, M neighbours of each, B a block of queries.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

_LARGEST_SIDE = 32  # pixels: what tells classes apart in pixel space is coarse
_COMPONENTS = 50
_BLOCK = 1024


def shrunk(images_NCHW: Tensor) -> Tensor:
    """Images of at most 32 x 32 pixels: larger ones by the means of areas, others as they are."""
    if images_NCHW.shape[-1] <= _LARGEST_SIDE:
        return images_NCHW
    return F.interpolate(images_NCHW, (_LARGEST_SIDE, _LARGEST_SIDE), mode="area")


@torch.no_grad()
def pixel_components(images_NCHW: Tensor) -> Tensor:
    """Each image's `(N, 50)` principal components of its pixels, those of large images after shrinking them.

    The last column has most variance; fewer than 50 images, or images of fewer pixels, have as many components.
    """
    pixels_ND = shrunk(images_NCHW).flatten(1)
    centred_ND = pixels_ND - pixels_ND.mean(dim=0)
    # Half precision has no eigenvectors on every device, and would confuse which neighbours are nearest.
    with torch.autocast(device_type=pixels_ND.device.type, enabled=False):
        return components(centred_ND, count=_COMPONENTS)


def components(centred_ND: Tensor, *, count: int) -> Tensor:
    """The strongest principal components `(N, count)`, or as many as there are, the one of most variance last.

    From whichever is smaller, the features' covariance or the images' inner products; both tell the same.
    """
    components_ND: Tensor
    images, features = centred_ND.shape
    if images >= features:
        covariance_DD = centred_ND.T @ centred_ND / images
        components_ND = centred_ND @ torch.linalg.eigh(covariance_DD).eigenvectors[:, -count:]
    else:
        squares_N, directions_NN = torch.linalg.eigh(centred_ND @ centred_ND.T)
        components_ND = directions_NN[:, -count:] * squares_N[-count:].clamp(min=0.0).sqrt()
    return components_ND


@dataclass(frozen=True)
class Neighbours:
    """Some images `of_Q`, and of each the indices `nearest_QM` of its nearest other images, nearest first."""

    of_Q: Tensor
    nearest_QM: Tensor


@torch.no_grad()
def nearest_neighbours(points_ND: Tensor, *, count: int, queries: int | None = None) -> Neighbours:
    """The nearest other points by Euclidean distance, `count` of each point, or of `queries` evenly spaced ones."""
    step = 1 if queries is None else -(-len(points_ND) // queries)
    of_Q = torch.arange(0, len(points_ND), step, device=points_ND.device)
    blocks = []
    for block_B in of_Q.split(_BLOCK):
        distances_BN = torch.cdist(points_ND[block_B], points_ND)
        distances_BN.scatter_(1, block_B[:, None], torch.inf)
        blocks.append(distances_BN.topk(count, largest=False).indices)
    return Neighbours(of_Q, torch.cat(blocks))
