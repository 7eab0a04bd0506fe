"""Which checkpoints of a run are whole."""

from __future__ import annotations

import re
from pathlib import Path

from ganlab_core.interface.check import Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.printable import printable
from ganlab_core.recipe.settings import Checkpoints
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.checkpoint import checkpoint_folders, identity_of
from ganlab_core.runs.checkpoint_files import find_damage

_LOOKS = 50


def look_at_checkpoints(folder: Path) -> list[Finding]:
    """A finding for each in a run's `checkpoints/`, the oldest first, and for each that was set aside.

    One that its writer has removed or replaced meanwhile is none; if that leaves none, they are looked at again.
    """
    found: list[Finding] = []
    for _ in range(_LOOKS):
        paths = checkpoint_folders(folder)
        found = [finding for path in paths if (finding := _checkpoint(path)) is not None]
        if found or not paths:
            break
    for path in sorted(folder.glob("damaged-*"), key=_numbers):
        text = "was found damaged before, and is not used"
        found.append(
            Finding(
                name=path.name, text=text, state="note", way_out=f"delete {printable(path)}", value={"whole": False}
            )
        )
    return found


def look_at_best(folder: Path, settings: Checkpoints) -> Finding:
    """Which step is kept as the best one; the next save of a run that cannot tell would fail."""
    try:
        numbers = BestCheckpoint(folder, settings).numbers
    except GanlabError as error:
        return Finding(name="best", text=str(error), state="stops")
    if not numbers:
        return Finding(name="best", text="none is kept yet" if settings.best else "not asked for")
    return Finding(name="best", text=f"step {numbers[0]}, by {settings.best}", value={"step": numbers[0]})


def whole_checkpoints(findings: list[Finding]) -> list[Path]:
    """The folders of the whole ones among these findings, the oldest first."""
    return [Path(finding.value["folder"]) for finding in findings if finding.value["whole"]]


def size_of(checkpoint: Path) -> int:
    """Bytes of a checkpoint's files."""
    try:
        return sum(path.stat().st_size for path in checkpoint.iterdir() if path.is_file())
    except FileNotFoundError:  # its writer has removed it
        return 0


def _checkpoint(path: Path) -> Finding | None:
    before = identity_of(path)
    reason, step = find_damage(path), int(path.name)
    if reason is not None and identity_of(path) != before:
        return None
    name, value = f"checkpoint {step}", {"step": step, "whole": reason is None, "folder": str(path)}
    if reason is None:
        return Finding(name=name, text=f"whole, {size_of(path) / 2**20:,.1f} MiB", value=value)
    text = f"damaged ({' '.join(reason.split())})"
    return Finding(name=name, text=text, state="note", way_out="a resume sets it aside", value=value)


def _numbers(path: Path) -> list[int]:
    return [int(part) for part in re.findall("[0-9]+", path.name)]
