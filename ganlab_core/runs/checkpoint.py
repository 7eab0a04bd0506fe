"""Checkpoints: safetensors weights, optimiser and RNG state, and a manifest of checksums, written aside and renamed.

A folder named by its step is therefore always whole: a process killed while it saves leaves only a temporary folder,
which the next save clears. Nothing that is read back can run code: weights are safetensors, the rest is loaded with
`weights_only=True` or is JSON.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.system.random_states import random_states

log = logging.getLogger(__name__)

OPTIMISERS, STATE = "optimisers.pt", "state.json"
_WEIGHTS, _MANIFEST = "weights.safetensors", "manifest.json"


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
    final, aside = folder / f"{number:08d}", folder / f".writing-{number:08d}"
    try:
        for stale in folder.glob(".writing-*"):
            shutil.rmtree(stale)
        aside.mkdir(parents=True)
        save_file(_weights(model), aside / _WEIGHTS)
        with (aside / OPTIMISERS).open("wb") as stream:  # torch, given a path, would not say why it cannot write
            torch.save(dict(learning), stream)
        (aside / STATE).write_text(json.dumps({"number": number, "random": random_states()}))
        sums = {file.name: _sha256(file) for file in sorted(aside.iterdir())}
        (aside / _MANIFEST).write_text(json.dumps(sums, indent=2))
        for path in (*aside.iterdir(), aside):
            _to_disk(path)
        if final.exists():
            shutil.rmtree(final)
        aside.rename(final)
        _to_disk(folder)
    except (OSError, RuntimeError, SafetensorError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise GanlabError(
            f"checkpoint {final} cannot be written: {_cause(error)}; earlier checkpoints are whole. Free some space, "
            f"and go on with: ganlab train --resume {folder.parent}"
        ) from error
    for old in checkpoint_folders(folder)[:-keep]:
        if int(old.name) not in spared:
            shutil.rmtree(old)
    return final


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


def find_damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint's files, or None if all are as their manifest says."""
    try:
        sums = json.loads((checkpoint / _MANIFEST).read_text())
        for name in (_WEIGHTS, OPTIMISERS, STATE):
            if _sha256(checkpoint / name) != sums[name]:
                return f"{name} does not match its checksum"
        if int(json.loads((checkpoint / STATE).read_text())["number"]) != int(checkpoint.name):
            return f"{STATE} is that of another step"
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def load_weights(checkpoint: Checkpoint, model: Model) -> None:
    """Put a checkpoint's weights into a model of the same recipe.

    Raises:
        GanlabError: names or shapes differ.
    """
    try:
        weights = load_file(checkpoint.folder / _WEIGHTS, device=str(model.device))
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


def _weights(model: Model) -> dict[str, torch.Tensor]:
    return {
        f"{owner}.{name}": value.detach().cpu().contiguous()
        for owner, module in model.state_modules().items()
        for name, value in module.state_dict().items()
    }


def _set_aside(damaged: Path) -> None:
    target, number = damaged.with_name(f"damaged-{damaged.name}"), 2
    while target.exists():
        target, number = damaged.with_name(f"damaged-{damaged.name}-{number}"), number + 1
    damaged.rename(target)


def checkpoint_folders(folder: Path) -> list[Path]:
    """The checkpoints in a run's `checkpoints/`, whole or not, the oldest first."""
    return sorted(path for path in folder.glob("[0-9]*") if path.is_dir() and re.fullmatch("[0-9]+", path.name))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _to_disk(path: Path) -> None:
    """Wait until a file or a folder's entries are on the disk, not only in its cache."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
