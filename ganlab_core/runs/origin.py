"""`forked_from.json`: which run a fork began from, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt

from ganlab_core.runs.records import read_record_if_any


@dataclass(frozen=True)
class Origin:
    """The run whose checkpoint of step `step` a fork began from, and what it changed: before and after, by key."""

    run: str
    step: NonNegativeInt
    changed: dict[str, list[Any]]


def read_origin(path: Path) -> Origin | None:
    """Where a fork came from; None of a run that is no fork.

    Raises:
        GanlabError: the file is damaged.
    """
    return read_record_if_any(path, Origin)
