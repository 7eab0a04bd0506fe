"""The files of one checkpoint, and whether they are as its manifest of checksums says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import NonNegativeInt
from safetensors.torch import save_file

from ganlab_core.interface.model import Model
from ganlab_core.runs.records import RecordError, read_record
from ganlab_core.system.random_states import random_states
from ganlab_core.system.regular_files import open_regular
from ganlab_core.system.tensor_files import TensorFileError, read_header

WEIGHTS, OPTIMISERS = "weights.safetensors", "optimisers.pt"
_STATE, _MANIFEST = "state.json", "manifest.json"
_LARGE = 64 << 20  # bytes, of which a checksum takes a tenth of a second


@dataclass(frozen=True)
class State:
    """The steps that were taken, and the global random states, which `restore_random_states` takes."""

    number: NonNegativeInt
    random: dict[str, Any]


def write_files(folder: Path, *, number: int, model: Model, learning: Mapping[str, Any]) -> None:
    """Make a folder and write a checkpoint's files into it, the manifest last.

    Raises:
        OSError, RuntimeError, SafetensorError: what the disk refuses, as the libraries say it.
    """
    folder.mkdir()
    weights = {name: value.detach().cpu().contiguous() for name, value in state_of(model).items()}
    save_file(weights, folder / WEIGHTS)
    with (folder / OPTIMISERS).open("wb") as stream:  # torch, given a path, would not say why it cannot write
        torch.save(dict(learning), stream)
    (folder / _STATE).write_text(json.dumps(asdict(State(number, random_states()))))
    sums = {file.name: _sha256(file) for file in sorted(folder.iterdir())}
    (folder / _MANIFEST).write_text(json.dumps(sums, indent=2))


def read_state(checkpoint: Path) -> State:
    """What a checkpoint holds beside tensors.

    Raises:
        GanlabError: the file is missing or damaged.
    """
    return read_record(checkpoint / _STATE, State)


def find_damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint's files, or None if all are as their manifest says."""
    try:
        sums = read_record(checkpoint / _MANIFEST, dict[str, str])
        _require_header(checkpoint / WEIGHTS)
        for name in (WEIGHTS, OPTIMISERS, _STATE):
            if _sha256(checkpoint / name) != sums.get(name):
                return f"{name} does not match its checksum"
        if read_state(checkpoint).number != int(checkpoint.name):
            return f"{_STATE} is that of another step"
    except RecordError as error:
        return f"{error.path.name}: {error.reason}"
    return None


def state_of(model: Model) -> dict[str, torch.Tensor]:
    """The tensors that a checkpoint holds of a model, by the names that they have there."""
    return {
        f"{owner}.{name}": value
        for owner, module in model.state_modules().items()
        for name, value in module.state_dict().items()
    }


def _require_header(weights: Path) -> None:
    """Look at how a large file begins, before all of it is read: one that was made to cost time may hold nothing."""
    try:
        if weights.lstat().st_size > _LARGE:
            read_header(weights)
    except (OSError, TensorFileError) as error:
        raise RecordError(weights, error if isinstance(error, OSError) else ValueError(str(error))) from error


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open_regular(file) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise RecordError(file, error) from error
    return digest.hexdigest()
