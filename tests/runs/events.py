"""What a run's observers are told."""

from __future__ import annotations

from pathlib import Path

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.events import RunStarted

FACTS = DataFacts("digits", (1, 8, 8), size=4, class_names=(), class_counts=None, content_hash="0")


def started(folder: Path, *, first_step: int = 0) -> RunStarted:
    """A run of four steps begins."""
    return RunStarted(folder=folder, recipe={}, first_step=first_step, steps=4, device="cpu", facts=FACTS)
