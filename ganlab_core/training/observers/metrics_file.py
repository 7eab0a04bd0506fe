"""`metrics.jsonl`: one JSON object a logged step, nothing twice and nothing lost over a resume."""

from __future__ import annotations

import json
from pathlib import Path

from ganlab_core.interface.events import RunStarted, StepFinished
from ganlab_core.interface.hookspecs import hookimpl
from ganlab_core.system.atomic import write_whole


class MetricsFile:
    """Appends each logged step; at a resume, first drops the lines of steps that will be done again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @hookimpl
    def ganlab_run_started(self, event: RunStarted) -> None:
        """Keep only the lines of steps that the checkpoint holds."""
        if self._path.exists():
            kept = [
                line
                for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
                if _number(line) <= event.first_step
            ]
            write_whole(self._path, "".join(kept))

    @hookimpl
    def ganlab_step_finished(self, event: StepFinished) -> None:
        """Append one line."""
        vectors = {name: vector.tolist() for name, vector in event.vectors.items()}
        line = json.dumps({"step": event.number, **event.scalars, **vectors})
        with self._path.open("a") as stream:
            stream.write(line + "\n")


def _number(line: str) -> float:
    """A line's step; a line that a kill cut short, or that is none of ganlab's, belongs to no step that counts."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return float("inf")
