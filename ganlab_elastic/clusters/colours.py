"""What colours an image has, whatever is where: where these alone tell images apart, nothing else need be looked at.

Swain and Ballard 1991 ("Color indexing"): drawn characters, products or uniforms are known by their colours in any
pose; hands, animals and cells are not, and there colours say who was photographed and in which light.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_elastic.clusters.neighbours import nearest_neighbours, shrunk
from ganlab_elastic.clusters.patches import whitened

_LEVELS = 4  # of each channel
_COMPONENTS = 16
_NEAREST, _QUERIES = 5, 2048
_TELLING = 0.05  # nearest images are nearer than others by this factor where colours tell them apart
_BLOCK = 256


@torch.no_grad()
def telling_colours(images_NCHW: Tensor) -> Tensor | None:
    """Each image's `(N, 16)` whitened components of its colours, of length 1; None where they tell too little.

    Args:
        images_NCHW: in [-1, 1]; those of one channel have no colours.
    """
    if images_NCHW.shape[1] != 3:
        return None
    with torch.autocast(device_type=images_NCHW.device.type, enabled=False):
        shares_ND = torch.cat([colour_shares(shrunk(part.float())) for part in images_NCHW.split(_BLOCK)])
        points_ND = whitened(shares_ND.sqrt(), count=_COMPONENTS)
        return points_ND if nearness(points_ND) < _TELLING else None


def colour_shares(images_NCHW: Tensor) -> Tensor:
    """The share of an image's pixels `(N, 64)` that has each of four by four by four colours."""
    levels_NCHW = ((images_NCHW + 1.0) / 2.0 * _LEVELS).floor().clamp(0, _LEVELS - 1).long()
    red_NHW, green_NHW, blue_NHW = levels_NCHW.unbind(dim=1)
    colours_NP = ((red_NHW * _LEVELS + green_NHW) * _LEVELS + blue_NHW).flatten(1)
    return F.one_hot(colours_NP, _LEVELS**3).float().mean(dim=1)


def nearness(points_ND: Tensor) -> float:
    """How far away an image's nearest points are, as a share of the mean point's distance: 0 where images repeat.

    Distances are one minus the cosine of points of length 1.
    """
    count = min(_NEAREST, len(points_ND) - 1)
    nearest = nearest_neighbours(points_ND, count=count, queries=_QUERIES)
    cosines_QM = torch.einsum("qd,qmd->qm", points_ND[nearest.of_Q], points_ND[nearest.nearest_QM])
    return ((1.0 - cosines_QM.mean()) / (1.0 - points_ND.mean(dim=0).square().sum())).item()
