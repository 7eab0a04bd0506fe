"""A row of the battery, and the table of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.harness import Bench


@dataclass(frozen=True)
class Row:
    """A fault; `body` tries it and counts on a bench. A row that shares its runs with the next one takes its bench."""

    number: int
    fault: str
    body: Callable[..., None]
    shared_with: int | None = None


@dataclass(frozen=True)
class Result:
    """What came of a row."""

    number: int
    fault: str
    tried: int
    failed: int
    seconds: float
    failures: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def held(self) -> int:
        """The cases that came out as they should."""
        return self.tried - self.failed

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"held": self.held}


HEADER = "| row | fault | tried | held | failed | seconds | |\n|---:|---|---:|---:|---:|---:|---|"


def line(result: Result) -> str:
    """A line of the table."""
    cells = (result.number, result.fault, result.tried, result.held, result.failed, f"{result.seconds:.0f}")
    return "| " + " | ".join(map(str, (*cells, "; ".join(result.notes)))) + " |"
