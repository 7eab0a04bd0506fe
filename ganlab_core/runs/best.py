"""The checkpoint of the best evaluation so far, which is kept beside the newest ones."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt

from ganlab_core.recipe.settings import Checkpoints
from ganlab_core.runs.records import read_record_if_any
from ganlab_core.system.atomic import write_whole

FILE = "best.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Best:
    """The step whose evaluation was best so far, and what it was best by."""

    number: NonNegativeInt
    metric: str
    value: float


class BestCheckpoint:
    """Remembers in `checkpoints/best.json` which step's evaluation was best by `checkpoint.best`."""

    def __init__(self, folder: Path, settings: Checkpoints) -> None:
        self._file = folder / FILE
        self._settings = settings

    @property
    def numbers(self) -> tuple[int, ...]:
        """The step of the best evaluation; none without one."""
        known = self._known() if self._settings.best else None
        return () if known is None else (known.number,)

    def takes(self, evaluation: dict[str, Any], number: int) -> bool:
        """Whether this evaluation, after `number` steps, is the best one, which is then remembered.

        An evaluation without the figure is told in a warning: what was trained is worth more than the name is.
        """
        name = self._settings.best
        if name is None:
            return False
        value = evaluation.get(name)
        if not isinstance(value, int | float):
            figures = [key for key, found in evaluation.items() if isinstance(found, int | float)]
            there = ", ".join(figures) or "none"
            log.warning("checkpoint.best: the evaluation has no figure %r; it has %s", name, there)
            return False
        best = Best(number=number, metric=name, value=float(value))
        if math.isnan(best.value) or not self._beats(best):
            return False
        write_whole(self._file, json.dumps(asdict(best)) + "\n")
        return True

    def _beats(self, new: Best) -> bool:
        """Whether one beats what is known; what a resume does again, or another metric's best, does not count."""
        known = self._known()
        if known is None or known.number >= new.number or known.metric != new.metric:
            return True
        gain = new.value - known.value
        return gain > 0 if self._settings.best_mode == "max" else gain < 0

    def _known(self) -> Best | None:
        return read_record_if_any(self._file, Best, way_out="remove it, and the next best is kept")
