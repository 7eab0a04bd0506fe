"""From one vector to another, and on to the next: straight for codes, along great circles for Gaussian noise.

Spherical interpolation is that of Shoemake 1985 (Animating rotation with quaternion curves, section 3.3), for latent
noise by White 2016, arXiv 1609.04468: points on the straight line between two draws of many dimensions are too short
to be draws themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

_NO_ARC = 1e-4  # radians: below it, sines of angles say nothing about directions in float32

Mix = Callable[[Tensor, Tensor, float], Tensor]


def slerp(a_ND: Tensor, b_ND: Tensor, t: float) -> Tensor:
    """Points `(N, D)` on the arcs from `a` (`t` 0, exactly) to `b` (`t` 1, exactly), each row its own arc.

    Opposite vectors have no arc of their own: they get one half circle of the many, always the same. Parallel vectors,
    those of one number, and those of length 0 get the straight line.
    """
    if t in (0.0, 1.0):
        return (b_ND if t else a_ND).clone()
    a_lengths_N1, b_lengths_N1 = a_ND.norm(dim=1, keepdim=True), b_ND.norm(dim=1, keepdim=True)
    a_units_ND, b_units_ND = a_ND / a_lengths_N1, b_ND / b_lengths_N1
    # Exact for all angles, unlike the arc cosine (Kahan 2006, Mindless assessments of roundoff, section 12).
    halves_N1 = torch.atan2(
        (a_units_ND - b_units_ND).norm(dim=1, keepdim=True), (a_units_ND + b_units_ND).norm(dim=1, keepdim=True)
    )
    angles_N1 = 2 * halves_N1
    arcs_ND = (((1 - t) * angles_N1).sin() * a_ND + (t * angles_N1).sin() * b_ND) / angles_N1.sin()
    is_opposite_N1 = angles_N1 > math.pi - _NO_ARC
    if a_ND.shape[1] > 1 and is_opposite_N1.any():
        lengths_N1 = torch.lerp(a_lengths_N1, b_lengths_N1, t)
        around_ND = math.cos(math.pi * t) * a_units_ND + math.sin(math.pi * t) * _perpendicular(a_units_ND)
        arcs_ND = torch.where(is_opposite_N1, lengths_N1 * around_ND, arcs_ND)
    has_arc_N1 = (angles_N1 > _NO_ARC) & ((a_ND.shape[1] > 1) | ~is_opposite_N1)  # false too where a length is 0
    return torch.where(has_arc_N1, arcs_ND, torch.lerp(a_ND, b_ND, t))


def lerp(a_ND: Tensor, b_ND: Tensor, t: float) -> Tensor:
    """Points `(N, D)` on the straight lines from `a` to `b`."""
    return torch.lerp(a_ND, b_ND, t)


def along(stops_AND: Tensor, place: float, *, mix: Mix, eased: bool = False) -> Tensor:
    """Points `(N, D)` on the way through the stops, the last of which leads back to the first.

    Args:
        stops_AND: N ways of A stops.
        place: 0 to A: the stop that was passed last, and how much of the way to the next one is done.
        mix: `slerp` or `lerp`.
        eased: start and stop gently at each stop, so that a film of it has no jerks.
    """
    stop = math.floor(place) % len(stops_AND)
    t = place - math.floor(place)
    return mix(stops_AND[stop], stops_AND[(stop + 1) % len(stops_AND)], (1 - math.cos(math.pi * t)) / 2 if eased else t)


def _perpendicular(units_ND: Tensor) -> Tensor:
    """For each unit vector one at a right angle to it: the axis that it leans to least, made square to it."""
    axes_ND = torch.nn.functional.one_hot(units_ND.abs().argmin(dim=1), units_ND.shape[1]).to(units_ND.dtype)
    square_ND: Tensor = axes_ND - (axes_ND * units_ND).sum(dim=1, keepdim=True) * units_ND
    return torch.nn.functional.normalize(square_ND)
