"""The files of one checkpoint, and whether they are as its manifest of checksums says.

Tensors are safetensors, of weights in one file and of what learning goes on from in another; all else is JSON. The
second is called `optimisers.pt` as in earlier versions, which held a pickle: so those still read the weights beside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt
from safetensors.torch import save_file

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.runs.learning import Learning, OptimiserRecord
from ganlab_core.runs.module_states import module_states
from ganlab_core.runs.records import RecordError, read_record
from ganlab_core.system.random_states import random_states
from ganlab_core.system.regular_files import MOST_BYTES, open_regular
from ganlab_core.system.tensor_files import TensorFileError, read_header

WEIGHTS, OPTIMISERS = "weights.safetensors", "optimisers.pt"
_STATE, _MANIFEST = "state.json", "manifest.json"
FILES = (WEIGHTS, OPTIMISERS, _STATE, _MANIFEST)
_LARGE = 64 << 20  # bytes, of which a checksum takes a tenth of a second


@dataclass(frozen=True)
class State:
    """What a checkpoint holds beside tensors.

    Attributes:
        number: the steps that were taken.
        random: the global random states, which `restore_random_states` takes.
        optimisers: those of the players; none in a checkpoint of earlier versions, which had them in a pickle.
        skips: as `Learning` has it; none in a checkpoint of earlier versions.
        parts: plain values that parts keep by `get_extra_state`, by the name that a state dict gives them.
    """

    number: NonNegativeInt
    random: dict[str, Any]
    optimisers: dict[str, OptimiserRecord] = field(default_factory=dict)
    skips: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)


def write_files(folder: Path, *, number: int, model: Model, learning: Learning) -> None:
    """Make a folder and write a checkpoint's files into it, the manifest last.

    Raises:
        GanlabError: as `module_states`, or there is more beside tensors than would be read again.
        OSError, RuntimeError, SafetensorError: what the disk refuses, as the libraries say it.
    """
    held = module_states(model)
    state = State(
        number,
        random_states(),
        optimisers=dict(learning.optimisers),
        skips=dict(learning.skips),
        parts=held.plain,
    )
    text = json.dumps(asdict(state))
    if len(text) > MOST_BYTES:  # all of it is ASCII
        raise GanlabError(
            f"{_STATE} of step {number} would be longer than {MOST_BYTES >> 20} MiB, and not be read again"
        )
    folder.mkdir()
    save_file(held.tensors, folder / WEIGHTS)
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in learning.tensors.items()}, folder / OPTIMISERS
    )
    (folder / _STATE).write_text(text)
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
