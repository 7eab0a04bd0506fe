"""`metrics.jsonl`: one JSON object a logged step, nothing twice and nothing lost over a resume."""

from __future__ import annotations

import json
from pathlib import Path

from ganlab_core.interface.events import RunStarted, StepFinished
from ganlab_core.interface.hookspecs import hookimpl
from ganlab_core.runs.history import logged_steps
from ganlab_core.system.atomic import renamed_into_place


class MetricsFile:
    """Appends each logged step; at a resume, first drops the lines of steps that will be done again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @hookimpl
    def ganlab_run_started(self, event: RunStarted) -> None:
        """Keep only the lines of steps that the checkpoint holds."""
        if self._path.exists():
            with renamed_into_place(self._path) as aside, aside.open("wb") as stream:
                for step in logged_steps(self._path):
                    if step.number <= event.first_step:
                        stream.write(step.line.rstrip() + b"\n")  # of the last one, a kill may have cut the end

    @hookimpl
    def ganlab_step_finished(self, event: StepFinished) -> None:
        """Append one line."""
        vectors = {name: vector.tolist() for name, vector in event.vectors.items()}
        line = json.dumps({"step": event.number, **event.scalars, **vectors})
        with self._path.open("a") as stream:
            stream.write(line + "\n")
