"""What a run logged in `metrics.jsonl`: line by line, and as curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ganlab_core.runs.figures import as_figure
from ganlab_core.runs.points import PointsByName
from ganlab_core.runs.records import RecordError
from ganlab_core.system.json_files import parse_json
from ganlab_core.system.regular_files import MOST_BYTES, open_regular

Numbers = npt.NDArray[np.float64]

_POINTS = 300
_LONGEST = 4 << 30  # bytes: a kilobyte for each of four million steps


@dataclass(frozen=True)
class LoggedStep:
    """A line of the file as it is, and what it says: a step's number, and the step's values by name."""

    number: float
    values: Mapping[str, Any]
    line: bytes


@dataclass(frozen=True)
class Curve:
    """Values `(T,)`, or `(T, K)` of a vector, after so many steps `(T,)`."""

    steps_T: Numbers
    values: Numbers

    def __len__(self) -> int:
        return len(self.steps_T)


@dataclass(frozen=True)
class History:
    """Curves of scalars and of vectors by the name that they were logged under."""

    scalars: Mapping[str, Curve]
    vectors: Mapping[str, Curve]


def logged_steps(path: Path) -> Iterator[LoggedStep]:
    """The lines in their order; those that a kill cut short, or that are none of ganlab's, are left out.

    Raises:
        GanlabError: the file is missing, or is none that can be read.
    """
    try:
        with open_regular(path, most=_LONGEST) as stream:
            for line in _lines(stream):
                yield from _logged(line)
    except OSError as error:
        raise RecordError(path, error) from error


def read_history(path: Path) -> History:
    """The curves of a run; none if it has logged nothing yet. Long ones are thinned, see `thinned`.

    Memory is bounded, whatever the file holds, see `PointsByName`.

    Raises:
        GanlabError: the file is none that can be read.
    """
    found = PointsByName()
    for step in logged_steps(path) if path.exists() else ():
        found.add(step.number, {name: value for name, value in step.values.items() if name != "step"})
    curves = {
        name: thinned(Curve(np.array(points.steps), points.values())) for name, points in found.items() if len(points)
    }
    return History(
        scalars={name: curve for name, curve in curves.items() if curve.values.ndim == 1},
        vectors={name: curve for name, curve in curves.items() if curve.values.ndim == 2},
    )


def thinned(curve: Curve, *, most: int = _POINTS) -> Curve:
    """At most `most` points, each the mean of those that it stands for; the means come at the last of their steps."""
    if len(curve) <= most:
        return curve
    parts = np.array_split(np.arange(len(curve)), most)
    return Curve(
        np.array([curve.steps_T[part[-1]] for part in parts]), np.array([curve.values[part].mean(0) for part in parts])
    )


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, of one that is longer than any of ganlab's its beginning alone."""
    begins = True
    while piece := stream.readline(MOST_BYTES):
        if begins:
            yield piece
        begins = piece.endswith(b"\n")


def _logged(line: bytes) -> Iterator[LoggedStep]:
    try:
        values = parse_json(line)
    except ValueError:
        return
    number = values.get("step") if isinstance(values, dict) else None
    if isinstance(number, int | float) and math.isfinite(as_figure(number)):
        yield LoggedStep(number, values, line)
