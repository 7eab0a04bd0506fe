"""The small file that is kept of each run: its figures, how they came about over time, and what made them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, JsonValue

from ganlab_core.interface.errors import GanlabError
from ganlab_core.runs.data_facts import read_facts
from ganlab_core.runs.figures import Figure, as_figure
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.history import logged_steps
from ganlab_core.runs.records import RecordError, read_record
from ganlab_core.system.atomic import write_whole
from ganlab_core.system.links import leads_inside
from ganlab_core.verbs.benchmark.plan import Cell

_PREFIX = "evaluation/"


@dataclass(frozen=True)
class _MadeWith:
    libraries: dict[str, str | None]


def _with_step(figures: dict[str, float]) -> dict[str, float]:
    if not math.isfinite(figures.get("step", math.nan)):
        raise ValueError("it says of no step")
    return figures


_Evaluated = Annotated[dict[str, Figure], AfterValidator(_with_step)]


@dataclass(frozen=True)
class Result:
    """What a finished run gave.

    Attributes:
        label: the recipe's short name.
        split: the imbalanced split; None where the recipe's own was taken.
        seed: the run's seed.
        recipe_hash: SHA-256 of the complete recipe.
        data_hash: the content hash of the training images.
        command: the benchmark's command line.
        libraries: versions by name.
        seconds: wall-clock seconds of the whole process; None if the run was made in several goes.
        threads: how many threads it computed with.
        figures: the last evaluation by key.
        history: earlier and last evaluations: step, and every single figure by key.
    """

    label: str
    split: int | None
    seed: int
    recipe_hash: str
    data_hash: str
    command: str
    libraries: dict[str, str | None]
    seconds: float | None
    threads: int
    figures: dict[str, JsonValue]
    history: list[_Evaluated]

    @property
    def numbers(self) -> dict[str, float]:
        """The figures that are single numbers, evaluation's own seconds left out."""
        return {
            key: as_figure(value)
            for key, value in self.figures.items()
            if isinstance(value, int | float) and key != "seconds"
        }


def collect(cell: Cell, run: Path, *, command: str, seconds: float | None, threads: int) -> Result:
    """What a finished run folder holds.

    Raises:
        GanlabError: a file is missing or damaged.
    """
    folder = RunFolder(run)
    try:
        return Result(
            label=cell.label,
            split=cell.split,
            seed=cell.seed,
            recipe_hash=cell.recipe_hash,
            data_hash=read_facts(folder.data).content_hash,
            command=command,
            libraries=read_record(folder.environment, _MadeWith).libraries,
            seconds=seconds,
            threads=threads,
            figures=read_record(folder.evaluation, dict[str, JsonValue]),
            history=_history(folder.metrics),
        )
    except RecordError as error:
        raise GanlabError(f"{run} is damaged ({error.path.name}: {error.reason}); remove it, and call again") from error


def write_result(result: Result, path: Path) -> None:
    """Write a result whole or not at all, in a folder that is made if need be."""
    write_whole(path, json.dumps(asdict(result), indent=1) + "\n")


def read_result(path: Path, *, inside: Path) -> Result:
    """A result that `write_result` wrote.

    Args:
        inside: the benchmark's folder, which no link in it may lead out of.

    Raises:
        GanlabError: the file is damaged, or lies elsewhere.
    """
    if not leads_inside(path.parent, inside):
        raise GanlabError(f"{path.parent} is a link that leads out of {inside}; put what it leads to in its place")
    return read_record(path, Result, state="no result of a benchmark", way_out="remove it, and call again")


def _history(metrics: Path) -> list[dict[str, float]]:
    history = []
    for step in logged_steps(metrics):
        figures = {
            name.removeprefix(_PREFIX): as_figure(value)
            for name, value in step.values.items()
            if name.startswith(_PREFIX) and isinstance(value, int | float)
        }
        if figures:
            history.append({"step": step.number, **figures})
    return history
