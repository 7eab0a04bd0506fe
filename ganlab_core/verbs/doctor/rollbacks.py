"""How often a run went back since something was not finite, and what its learning rates are since."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ganlab_core.interface.check import Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.runs.rollbacks import ROLLBACKS, read_rollbacks


def look_at_rollbacks(file: Path) -> Finding:
    """A run's rollbacks; a file that is damaged stops a resume, which could not know the learning rates."""
    try:
        rollbacks = read_rollbacks(file)
    except GanlabError as error:
        return Finding(name="rollbacks", text=str(error), state="stops")
    value = [dataclasses.asdict(rollback) for rollback in rollbacks]
    if not rollbacks:
        return Finding(name="rollbacks", text="none", value=value)
    last = rollbacks[-1]
    text = (
        f"{len(rollbacks)} of at most {ROLLBACKS}, the last to step {last.to} with learning rates at "
        f"{last.learning_rate_scale:g} of the recipe's ({last.reason})"
    )
    return Finding(name="rollbacks", text=text, state="note", value=value)
