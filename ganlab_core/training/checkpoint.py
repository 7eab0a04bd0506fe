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
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ganlab_core.component import GanlabError
from ganlab_core.model import Model
from ganlab_core.training.context import Phase
from ganlab_core.training.players import PlayerState

log = logging.getLogger(__name__)

_WEIGHTS, _OPTIMISERS, _STATE, _MANIFEST = (
    "weights.safetensors",
    "optimisers.pt",
    "state.json",
    "manifest.json",
)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose checksums were found right; `number` counts the finished steps."""

    folder: Path
    number: int


def save_checkpoint(
    folder: Path, *, number: int, model: Model, players: Mapping[Phase, PlayerState], keep: int
) -> Path:
    """Write `folder/NUMBER`, whole or not at all, and drop all but the newest `keep`.

    Raises:
        GanlabError: the disk refuses; older checkpoints stay as they are.
    """
    final, aside = folder / f"{number:08d}", folder / f".writing-{number:08d}"
    try:
        for stale in folder.glob(".writing-*"):
            shutil.rmtree(stale)
        aside.mkdir(parents=True)
        save_file(_weights(model), aside / _WEIGHTS)
        torch.save(_learning_state(players), aside / _OPTIMISERS)
        (aside / _STATE).write_text(json.dumps({"number": number}))
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
        raise GanlabError(f"checkpoint {final} cannot be written: {error}; earlier checkpoints are whole") from error
    for old in _folders(folder)[:-keep]:
        shutil.rmtree(old)
    return final


def newest_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest whole checkpoint in a run's `checkpoints/`; damaged ones are named in a warning and passed over.

    Raises:
        GanlabError: there are checkpoints, and all are damaged.
    """
    damage = []
    for candidate in reversed(_folders(folder)):
        reason = find_damage(candidate)
        if reason is None:
            return Checkpoint(folder=candidate, number=int(candidate.name))
        damage.append(f"{candidate}: {reason}")
        log.warning("checkpoint %s is damaged (%s); trying the one before", candidate, reason)
    if damage:
        raise GanlabError("every checkpoint is damaged, train again: " + "; ".join(damage))
    return None


def find_damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint's files, or None if all are as their manifest says."""
    try:
        sums = json.loads((checkpoint / _MANIFEST).read_text())
        for name in (_WEIGHTS, _OPTIMISERS, _STATE):
            if _sha256(checkpoint / name) != sums[name]:
                return f"{name} does not match its checksum"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def load_weights(checkpoint: Checkpoint, model: Model) -> None:
    """Put a checkpoint's weights into a model of the same recipe.

    Raises:
        GanlabError: names or shapes differ.
    """
    device = next(model.networks.parameters()).device
    try:
        weights = load_file(checkpoint.folder / _WEIGHTS, device=str(device))
        for owner, module in model.state_modules().items():
            prefix = f"{owner}."
            module.load_state_dict(
                {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
            )
    except (RuntimeError, SafetensorError) as error:
        raise GanlabError(f"checkpoint {checkpoint.folder} does not fit its recipe: {error}") from error


def load_learning_state(checkpoint: Checkpoint, players: Mapping[Phase, PlayerState]) -> None:
    """Put a checkpoint's optimiser and global RNG state back."""
    try:
        state = torch.load(checkpoint.folder / _OPTIMISERS, weights_only=True, map_location="cpu")
        for name, player in players.items():
            player.optimiser.load_state_dict(state["optimisers"][name])
        torch.set_rng_state(state["rng"])
    except (RuntimeError, KeyError, ValueError, OSError) as error:
        raise GanlabError(f"checkpoint {checkpoint.folder} does not fit its recipe: {error}") from error


def _weights(model: Model) -> dict[str, torch.Tensor]:
    return {
        f"{owner}.{name}": value.detach().cpu().contiguous()
        for owner, module in model.state_modules().items()
        for name, value in module.state_dict().items()
    }


def _learning_state(players: Mapping[Phase, PlayerState]) -> dict[str, Any]:
    """The global RNG is kept for third-party parts that use it, such as dropout; ganlab's own draws need no state."""
    return {
        "optimisers": {name: player.optimiser.state_dict() for name, player in players.items()},
        "rng": torch.get_rng_state(),
    }


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[0-9]*") if path.is_dir() and path.name.isdigit())


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
