"""Rows of images along a way through the noise, all else held."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.traversal.film import images_along
from ganlab_core.traversal.motion import Grid, noise_motion

_STOPS = 4


def interpolate_noise(run: LoadedRun, codes: Sequence[int | None], *, columns: int) -> Tensor:
    """Images `(len(codes) * columns, C, H, W)` in [-1, 1]: a row for each code, the way of the noise the same in all.

    The way goes through a few draws and is `columns` long. Codes of None are drawn at random, as all other codes are,
    and each such row has a way of its own.

    Raises:
        GanlabError: the prior has no noise.
    """
    name = run.prior.class_code or ""
    rows = [{} if code is None else {name: float(code)} for code in codes]
    grid = Grid(rows, columns=1, by_row=None in codes)
    motion = noise_motion(run.prior, grid, seed=run.recipe.seed, device=run.device, stops=_STOPS)
    return images_along(run.generator, motion, steps=columns)
