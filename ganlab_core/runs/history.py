"""What a run logged in `metrics.jsonl`, as curves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_POINTS = 300


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


def read_history(path: Path) -> History:
    """The curves of a run; none if it has logged nothing yet. Long ones are thinned, see `thinned`."""
    found: dict[str, tuple[list[float], list[Any]]] = {}
    for line in _lines(path):
        for name, value in line.items():
            if name != "step" and isinstance(value, int | float | list):
                steps, values = found.setdefault(name, ([], []))
                steps.append(line["step"])
                values.append(value)
    curves = {
        name: thinned(Curve(np.asarray(steps, dtype=float), np.asarray(values, dtype=float)))
        for name, (steps, values) in found.items()
        if len({np.shape(value) for value in values}) == 1
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


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The logged steps; a line that a kill cut short is none."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict) and isinstance(found.get("step"), int | float):
                yield found
