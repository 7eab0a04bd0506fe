"""The points of curves as they are read, in bounded memory, however long the file that they come from."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ganlab_core.runs.figures import as_figure

MOST_NAMES = 10_000
MOST_NUMBERS = 1 << 24  # 128 MiB of them: 20 figures of every one of 800,000 steps


class Points:
    """What was logged under one name: numbers, or vectors of one length; anything else makes it no curve."""

    def __init__(self) -> None:
        self.steps = array("d")
        self._values = array("d")
        self._shape: tuple[int, ...] | None = None
        self._is_curve = True

    def __len__(self) -> int:
        return len(self.steps) + len(self._values)

    def add(self, step: float, value: Any) -> int:
        """Take one in; how many numbers more there are now."""
        before = len(self)
        numbers = value if isinstance(value, list) else [value]
        if self._is_curve and all(isinstance(number, int | float) for number in numbers):
            shape = (len(numbers),) if isinstance(value, list) else ()
            if self._shape in (None, shape):
                self._shape = shape
                self.steps.append(step)
                self._values.extend(map(as_figure, numbers))
            else:
                self.steps, self._values, self._is_curve = array("d"), array("d"), False
        return len(self) - before

    def halve(self) -> None:
        """Leave out every second one, the last one stays."""
        kept = slice((len(self.steps) - 1) % 2, None, 2)
        self._values = array("d", self.values()[kept].ravel())
        self.steps = self.steps[kept]

    def values(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The values `(T,)` or `(T, K)`."""
        return np.array(self._values).reshape(len(self.steps), *(self._shape or ()))


class PointsByName(Mapping[str, Points]):
    """The points of each name. Where they are too many to be kept, every second one of each is left out.

    Args:
        most: numbers that are kept.
    """

    def __init__(self, *, most: int = MOST_NUMBERS) -> None:
        self._found: dict[str, Points] = {}
        self._most = most
        self._kept = 0

    def add(self, step: float, values: Mapping[str, Any]) -> None:
        """Take in what one step logged; names beyond the first 10,000 are passed over."""
        for name, value in values.items():
            if name in self._found or len(self._found) < MOST_NAMES:
                self._kept += self._found.setdefault(name, Points()).add(step, value)
        while self._kept > self._most and any(len(points.steps) > 1 for points in self._found.values()):
            for points in self._found.values():
                points.halve()
            self._kept = sum(map(len, self._found.values()))

    def __getitem__(self, name: str) -> Points:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
