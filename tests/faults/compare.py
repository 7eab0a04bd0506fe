"""Whether two runs came to the same end, at tolerance 0."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.faults.harness import logged_steps


def checkpoint(run: Path, number: int) -> Path:
    """Where the checkpoint after `number` steps lies."""
    return run / "checkpoints" / f"{number:08d}"


def state_of(folder: Path) -> dict[str, Any]:
    """All that a checkpoint holds: weights, average, prior, optimisers, random states."""
    return {
        "weights": load_file(folder / "weights.safetensors"),
        "learning": load_file(folder / "optimisers.pt"),
        "state": json.loads((folder / "state.json").read_text()),
    }


def difference(one: Any, other: Any, place: str = "") -> str | None:
    """The first place where two trees of tensors and plain values differ by a bit, or None."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return None if torch.equal(one, other) else place
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{place} (other keys)"
        return next((at for key in one if (at := difference(one[key], other[key], f"{place}/{key}"))), None)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            return f"{place} (another length)"
        pairs = enumerate(zip(one, other, strict=True))
        return next((at for number, (a, b) in pairs if (at := difference(a, b, f"{place}/{number}"))), None)
    both_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return None if one == other or both_nan else place


def require_equal(run: Path, reference: Path, *, number: int) -> None:
    """Check weights, optimisers, average, prior, random states and logged metrics of two runs after `number` steps."""
    at = difference(state_of(checkpoint(run, number)), state_of(checkpoint(reference, number)))
    assert at is None, f"{run.name} differs from {reference.name} in {at}"
    at = difference(lines(run), lines(reference))
    assert at is None, f"{run.name} has logged other metrics than {reference.name}: line/{at}"


def lines(run: Path) -> list[dict[str, Any]]:
    """What was logged, without the evaluation that an end adds to its last step."""
    found = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: line[key] for key in line if not key.startswith(("evaluation/", "health/"))} for line in found]


def require_logged_once(run: Path, *, steps: int) -> None:
    """Check that each step stands once, and in order, in `metrics.jsonl` and in TensorBoard."""
    expected = list(range(1, steps + 1))
    assert logged_steps(run) == expected, f"metrics.jsonl repeats or lacks steps: {logged_steps(run)}"
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0})
    events.Reload()
    shown = [event.step for event in events.Scalars("loss/generator")]
    assert shown == expected, f"TensorBoard repeats or lacks steps: {shown}"
