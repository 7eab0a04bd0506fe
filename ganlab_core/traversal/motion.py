"""Motions: what a code, or the noise, does to the images of a grid when it goes from stop to stop, all else held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor, ContinuousFactor, Held
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.traversal.codes import Traversal, traversals
from ganlab_core.traversal.interpolation import Mix, along, lerp, slerp

_STOPS_OF_NOISE = 3


@dataclass(frozen=True)
class Grid:
    """What each cell of a grid holds, row by row.

    Attributes:
        rows: what the cells of each row hold, such as a category.
        columns: how many cells a row has.
        by_row: whether each row has noise of its own, rather than that of the row above.
    """

    rows: Sequence[Mapping[str, Held]]
    columns: int
    by_row: bool

    def cells(self) -> list[tuple[Mapping[str, Held], int]]:
        """What each cell holds, and the number of its noise."""
        return [
            (held, column + (row * self.columns if self.by_row else 0))
            for row, held in enumerate(self.rows)
            for column in range(self.columns)
        ]


@dataclass(frozen=True)
class Motion:
    """The generator's inputs of a grid's cells, at every place of a way.

    Attributes:
        grid: the cells, M in all.
        draws: the factors of the prior `(M, W)`, in its order.
        stops: the stops `(A, M, W)` of the factors that move.
        mix: how they go from stop to stop.
    """

    grid: Grid
    draws: Mapping[str, Tensor]
    stops: Mapping[str, Tensor] = field(default_factory=dict)
    mix: Mix = lerp

    @property
    def length(self) -> int:
        """How many stops there are; the way leads back from the last to the first."""
        return max((len(stops) for stops in self.stops.values()), default=1)

    def at(self, place: float, *, eased: bool = False) -> Tensor:
        """The inputs `(M, Z)` at a place, from 0 to `length`; `eased` as for `along`."""
        moved = {name: along(stops_AMW, place, mix=self.mix, eased=eased) for name, stops_AMW in self.stops.items()}
        return torch.cat([moved.get(name, value_MW) for name, value_MW in self.draws.items()], dim=1)


def grid_of(prior: Prior, *, rows: int | None, columns: int, moving: str | None = None) -> Grid:
    """A row for each category of the class code; where there is none or it moves itself, rows of other noise.

    Args:
        rows: of the categories only so many, those with most mass; or so many rows of noise, ten if left out.
        moving: the code that will move.
    """
    code = prior.class_code
    if code is None or code == moving:
        return Grid(rows=[{}] * (rows or 10), columns=columns, by_row=True)
    probabilities_K = prior.categorical[code].probabilities()
    shown = sorted(probabilities_K.argsort(descending=True)[:rows].tolist())
    return Grid(rows=[{code: category} for category in shown], columns=columns, by_row=False)


def still(prior: Prior, grid: Grid, *, seed: int, device: torch.device) -> Motion:
    """A grid in which nothing moves."""
    return Motion(grid, _draws(prior, grid, seed, device=device))


def noise_names(prior: Prior) -> list[str]:
    """The factors that are no code; what else a head may read back is noise to the one who looks."""
    codes = (CategoricalFactor, ContinuousFactor)
    return [name for name, factor in prior.factors.items() if not isinstance(factor, codes)]


def noise_motion(prior: Prior, grid: Grid, *, seed: int, device: torch.device, stops: int = _STOPS_OF_NOISE) -> Motion:
    """Each cell's noise goes through several draws, on great circles; every code is held.

    Raises:
        GanlabError: the prior has no noise.
    """
    names = noise_names(prior)
    if not names:
        raise GanlabError(f"the prior has no noise that could vary; it has the codes {', '.join(prior.factors)}")
    first = _draws(prior, grid, seed, device=device)
    drawn = [first, *(_draws(prior, grid, seed, stop, device=device) for stop in range(1, stops))]
    moving = {name: torch.stack([draws[name] for draws in drawn]) for name in names}
    return Motion(grid, first, moving, slerp)


def code_motion(
    prior: Prior,
    grid: Grid,
    *,
    moving: Traversal,
    between: tuple[int, int] | None = None,
    ends: tuple[float, float] | None = None,
    seed: int,
    device: torch.device,
) -> Motion:
    """A code goes through all its categories, or from one to another, or from one end of its range to the other.

    Between two categories lie the points of the straight line between their vectors, which no draw of the prior is at:
    whether the generator makes sense of them is what one looks at.

    Args:
        between: two categories; all of them if left out.
        ends: of a continuous code; twice the range that it was trained on if left out.

    Raises:
        GanlabError: the code has no such categories, or `ends` are no range.
    """
    if between is not None:
        _check_between(prior, moving, between, ends)
    held = between if between is not None else moving.stops(prior, columns=2, ends=ends)
    draws = _draws(prior, grid, seed, device=device)
    rows = [prior.sample_with({moving.code: stop}, 1, generator=derived_generator(0, device=device)) for stop in held]
    stops_A1W = torch.stack([row.draws[moving.code].value_NW for row in rows])
    return Motion(grid, draws, {moving.code: stops_A1W.expand(-1, len(grid.cells()), -1)})


def moving_code(prior: Prior, name: str | None) -> Traversal:
    """The code of that name, such as `style.0`; the class code if None.

    Raises:
        GanlabError: there is none.
    """
    known = traversals(prior) | {code: Traversal(code) for code in list(prior.categorical)[:1]}
    wanted = prior.class_code or "" if name is None else name
    if wanted not in known:
        said = "the class code" if name is None else repr(name)
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise GanlabError(f"{said} cannot vary: the prior has no such code; {has}")
    return known[wanted]


def _check_between(prior: Prior, moving: Traversal, between: tuple[int, int], ends: tuple[float, float] | None) -> None:
    if not isinstance(prior.factors[moving.code], CategoricalFactor):
        raise GanlabError(f"{moving.code} is a continuous code, which has no categories; give its range")
    if ends is not None:
        raise GanlabError(f"{moving.code} is a categorical code, which has no range; drop the range")
    if between[0] == between[1]:
        raise GanlabError(f"category {between[0]} twice: name two categories to go between")


def _draws(prior: Prior, grid: Grid, seed: int, *stop: int, device: torch.device) -> dict[str, Tensor]:
    """The factors `(M, W)` of the cells; a generator for each cell, so that those of one number draw the same noise."""
    samples = [
        prior.sample_with(held, 1, generator=derived_generator(seed, "traversal", number, *stop, device=device))
        for held, number in grid.cells()
    ]
    return {name: torch.cat([sample.draws[name].value_NW for sample in samples]) for name in prior.factors}
