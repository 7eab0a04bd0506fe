"""`rollbacks.json`: how often a run went back since something was not finite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat, NonNegativeInt

from ganlab_core.runs.records import read_record_if_any

ROLLBACKS = 3  # the learning rates are then at an eighth, and the cause lies elsewhere


@dataclass(frozen=True)
class Rollback:
    """A return to step `to` because of what `reason` says; learning rates are `learning_rate_scale` of the recipe's."""

    to: NonNegativeInt
    reason: str
    learning_rate_scale: Annotated[FiniteFloat, Field(gt=0.0, le=1.0)]


def read_rollbacks(path: Path) -> list[Rollback]:
    """The rollbacks of a run, the oldest first; none if the file is not there.

    Raises:
        GanlabError: the file is damaged.
    """
    return read_record_if_any(path, list[Rollback], way_out="without it the run's learning rates are not known") or []
