"""The checkpoint of the best evaluation so far, which is kept beside the newest ones."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.recipe.settings import Checkpoints
from ganlab_core.system.atomic import write_whole

FILE = "best.json"
log = logging.getLogger(__name__)


class BestCheckpoint:
    """Remembers in `checkpoints/best.json` which step's evaluation was best by `checkpoint.best`."""

    def __init__(self, folder: Path, settings: Checkpoints) -> None:
        self._file = folder / FILE
        self._settings = settings

    @property
    def numbers(self) -> tuple[int, ...]:
        """The step of the best evaluation; none without one."""
        return (self._known()["number"],) if self._settings.best and self._file.exists() else ()

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
        if math.isnan(value) or (self._file.exists() and not self._better(float(value), number)):
            return False
        write_whole(self._file, json.dumps({"number": number, "metric": name, "value": value}) + "\n")
        return True

    def _better(self, value: float, number: int) -> bool:
        """Whether a value beats what is known; what a resume does again, or another metric's best, does not count."""
        known = self._known()
        if known["number"] >= number or known["metric"] != self._settings.best:
            return True
        gain: float = value - known["value"]
        return gain > 0 if self._settings.best_mode == "max" else gain < 0

    def _known(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
            return {"number": int(known["number"]), "metric": known["metric"], "value": float(known["value"])}
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise GanlabError(f"{self._file} is damaged ({error}); remove it, and the next best is kept") from error
