"""Which checkpoints of a run are whole."""

from __future__ import annotations

from pathlib import Path

from ganlab_core.doctor.finding import Finding
from ganlab_core.training.checkpoint import checkpoint_folders, find_damage


def look_at_checkpoints(folder: Path) -> list[Finding]:
    """A finding for each in a run's `checkpoints/`, the oldest first, and for each that was set aside."""
    found = [_checkpoint(path) for path in checkpoint_folders(folder)]
    for path in sorted(folder.glob("damaged-*")):
        text = "was found damaged before, and is not used"
        found.append(Finding(name=path.name, text=text, state="note", way_out=f"delete {path}", value={"whole": False}))
    return found


def whole_checkpoints(findings: list[Finding]) -> list[int]:
    """The steps of the whole ones among these findings, the oldest first."""
    return [finding.value["step"] for finding in findings if finding.value["whole"]]


def size_of(checkpoint: Path) -> int:
    """Bytes of a checkpoint's files."""
    return sum(path.stat().st_size for path in checkpoint.iterdir() if path.is_file())


def _checkpoint(path: Path) -> Finding:
    reason, step = find_damage(path), int(path.name)
    name, value = f"checkpoint {step}", {"step": step, "whole": reason is None, "folder": str(path)}
    if reason is None:
        return Finding(name=name, text=f"whole, {size_of(path) / 2**20:,.1f} MiB", value=value)
    text = f"damaged ({' '.join(reason.split())})"
    return Finding(name=name, text=text, state="note", way_out="a resume sets it aside", value=value)
