"""`rollbacks.json`: how often a run went back since something was not finite."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.interface.errors import GanlabError

ROLLBACKS = 3  # the learning rates are then at an eighth, and the cause lies elsewhere


@dataclass(frozen=True)
class Rollback:
    """A return to step `to` because of what `reason` says; learning rates are `learning_rate_scale` of the recipe's."""

    to: int
    reason: str
    learning_rate_scale: float


def read_rollbacks(path: Path) -> list[Rollback]:
    """The rollbacks of a run, the oldest first; none if the file is not there.

    Raises:
        GanlabError: the file is damaged.
    """
    if not path.exists():
        return []
    try:
        return [
            Rollback(int(entry["to"]), str(entry["reason"]), float(entry["learning_rate_scale"]))
            for entry in json.loads(path.read_text(encoding="utf-8"))
        ]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise GanlabError(f"{path} is damaged ({error}); without it the run's learning rates are not known") from error
