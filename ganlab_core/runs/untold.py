"""`untold.json`: a step's figures, from when its checkpoint is written until all were told that are to hear of it.

A step is saved before it is evaluated, drawn and logged, since each of these may fail or be killed; a resume tells it
again, and evaluates it again, from what lies here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ganlab_core.runs.records import RecordError, read_record_if_any, write_record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Untold:
    """The number of steps that were done, and what the last of them gave to be logged."""

    number: Annotated[int, Field(gt=0)]
    scalars: dict[str, float]


def note_untold(path: Path, number: int, scalars: Mapping[str, float]) -> None:
    """Write it, before the checkpoint. Raises OSError."""
    write_record(Untold(number, dict(scalars)), path)


def read_untold(path: Path, number: int) -> Untold | None:
    """What was not told of the step that a run goes on after; None if all was, or if the file is damaged."""
    try:
        found = read_record_if_any(path, Untold, way_out="the step that it tells of is not logged")
    except RecordError as error:  # a line of the log is not worth a run
        log.warning("%s", error)
        return None
    return found if found is not None and found.number == number else None
