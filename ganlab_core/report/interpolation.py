"""From one draw of noise to another, all else held: along the great circle between them, where Gaussian noise lies.

White 2016, arXiv 1609.04468.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab_core.latent import Draw, LatentSample
from ganlab_core.loaded_run import LoadedRun
from ganlab_core.randomness import derived_generator

_ENDS = 4


def slerp(start_W: Tensor, end_W: Tensor, weights_S: Tensor) -> Tensor:
    """Points `(S, W)` on the arc from one vector to another: weight 0 gives the first, 1 the second.

    Vectors that lie on one line have no arc of their own, and get the straight line.
    """
    cosine = torch.nn.functional.cosine_similarity(start_W, end_W, dim=0)
    weights_S1 = weights_S[:, None]
    if not cosine.abs() < 1.0 - 1e-6:
        return torch.lerp(start_W[None], end_W[None], weights_S1)
    angle = cosine.acos()
    return (((1 - weights_S1) * angle).sin() * start_W + (weights_S1 * angle).sin() * end_W) / angle.sin()


def noise_names(run: LoadedRun) -> list[str]:
    """The factors of the prior that nobody reads back."""
    return [name for name, factor in run.prior.factors.items() if not factor.recognition_width]


@torch.no_grad()
def interpolate_noise(run: LoadedRun, codes: Sequence[int | None], *, columns: int) -> Tensor:
    """Images `(len(codes) * columns, C, H, W)` in [-1, 1]: a row for each code, the path of the noise the same in all.

    The path goes through a few draws and is `columns` long. A code of None is drawn at random, as all other codes are.
    """
    rows = [run.generator(_path(run, code, columns=columns, row=row)) for row, code in enumerate(codes)]
    return torch.cat(rows).float()


def _path(run: LoadedRun, code: int | None, *, columns: int, row: int) -> Tensor:
    """The generator's inputs `(columns, Z)` along a row; without a code, rows begin elsewhere."""
    seed = derived_generator(run.recipe.seed, "interpolation", row if code is None else 0, device=run.device)
    held = {} if code is None else {next(iter(run.prior.categorical)): float(code)}
    drawn = run.prior.sample_with(held, _ENDS, generator=seed).draws
    noise = noise_names(run)
    return LatentSample(
        {
            name: Draw(_through(draw.value_NW, columns) if name in noise else draw.value_NW[:1].expand(columns, -1))
            for name, draw in drawn.items()
        }
    ).vector_NZ


def _through(stops_NW: Tensor, columns: int) -> Tensor:
    """`columns` points on the way through the stops, from the first to the last."""
    places = torch.linspace(0, len(stops_NW) - 1, columns)
    points = []
    for place in places.tolist():
        leg = min(int(place), len(stops_NW) - 2)
        points.append(slerp(stops_NW[leg], stops_NW[leg + 1], torch.tensor([place - leg], device=stops_NW.device)))
    return torch.cat(points)
