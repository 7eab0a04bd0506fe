"""Checkpoints: safetensors weights, optimiser and RNG state, and a manifest of checksums, written aside and renamed.

A folder named by its step is therefore always whole: a process killed while it saves leaves only a temporary folder,
which the next save clears. Nothing that is read back can run code: weights are safetensors, the rest is loaded with
`weights_only=True` or is JSON.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.runs.checkpoint_files import WEIGHTS, find_damage, write_files
from ganlab_core.system.atomic import clear_left_over, renamed_into_place

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose checksums were found right; `number` counts the finished steps."""

    folder: Path
    number: int


def save_checkpoint(
    folder: Path,
    *,
    number: int,
    model: Model,
    learning: Mapping[str, Any],
    keep: int,
    spared: Collection[int] = (),
) -> Path:
    """Write `folder/NUMBER`, whole or not at all, and drop all but the newest `keep` and those `spared`.

    Args:
        learning: what learning goes on from beside the weights: tensors and plain values.

    Raises:
        GanlabError: the disk refuses; older checkpoints stay as they are.
    """
    final = folder / f"{number:08d}"
    try:
        clear_left_over(folder)
        with renamed_into_place(final, durable=True, replacing=True) as aside:
            write_files(aside, number=number, model=model, learning=learning)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise GanlabError(
            f"checkpoint {final} cannot be written: {_cause(error)}; earlier checkpoints are whole. Free some space, "
            f"and go on with: ganlab train --resume {folder.parent}"
        ) from error
    drop_older(folder, keep=keep, spared=spared)
    return final


def drop_older(folder: Path, *, keep: int, spared: Collection[int]) -> None:
    """Drop all checkpoints but the newest `keep` and those `spared`."""
    for old in checkpoint_folders(folder)[:-keep]:
        if int(old.name) not in spared:
            shutil.rmtree(old)


def newest_checkpoint(folder: Path, *, set_aside: bool = False) -> Checkpoint | None:
    """The newest whole checkpoint in a run's `checkpoints/`; damaged ones are named in a warning and passed over.

    Args:
        set_aside: rename the damaged ones to `damaged-NUMBER`, for the one writer of the run.

    Raises:
        GanlabError: there are checkpoints, and all are damaged.
    """
    damage = []
    for candidate in reversed(checkpoint_folders(folder)):
        reason = find_damage(candidate)
        if reason is None:
            return Checkpoint(folder=candidate, number=int(candidate.name))
        damage.append(f"{candidate}: {reason}")
        log.warning("checkpoint %s is damaged (%s); trying the one before", candidate, reason)
        if set_aside:
            _set_aside(candidate)
    if damage:
        raise GanlabError("every checkpoint is damaged, train again: " + "; ".join(damage))
    return None


def load_weights(checkpoint: Checkpoint, model: Model) -> None:
    """Put a checkpoint's weights into a model of the same recipe.

    Raises:
        GanlabError: names or shapes differ.
    """
    try:
        weights = load_file(checkpoint.folder / WEIGHTS, device=str(model.device))
        for owner, module in model.state_modules().items():
            prefix = f"{owner}."
            module.load_state_dict(
                {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
            )
    except (RuntimeError, SafetensorError) as error:
        raise GanlabError(f"checkpoint {checkpoint.folder} does not fit its recipe: {error}") from error


def _cause(error: BaseException) -> str:
    """What the system said, where torch says something of its own in its place."""
    said: BaseException | None = error
    while said is not None:
        if isinstance(said, OSError):
            return said.strerror or str(said)
        said = said.__cause__ or said.__context__
    return str(error)


def _set_aside(damaged: Path) -> None:
    target, number = damaged.with_name(f"damaged-{damaged.name}"), 2
    while target.exists():
        target, number = damaged.with_name(f"damaged-{damaged.name}-{number}"), number + 1
    damaged.rename(target)


def checkpoint_folders(folder: Path) -> list[Path]:
    """The checkpoints in a run's `checkpoints/`, whole or not, the oldest first."""
    found = (path for path in folder.glob("[0-9]*") if path.is_dir() and re.fullmatch("[0-9]+", path.name))
    return sorted(found, key=lambda path: int(path.name))  # names have eight digits, and longer runs more
