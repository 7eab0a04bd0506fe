"""Checkpoints: safetensors weights, optimiser and RNG state, and a manifest of checksums, written aside and renamed.

A folder named by its step is therefore always whole: a process killed while it saves leaves only a temporary folder,
which the next save clears. Nothing that is read back can run code: tensors are safetensors, the rest is JSON.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.interface.shell import shell_command
from ganlab_core.runs.checkpoint_files import WEIGHTS, find_damage, read_state, write_files
from ganlab_core.runs.learning import Learning
from ganlab_core.runs.module_states import state_tensors
from ganlab_core.system.atomic import remove_whole, renamed_into_place
from ganlab_core.system.hidden import is_left_over
from ganlab_core.system.memory import in_words
from ganlab_core.system.tensor_files import TensorFileError, read_header, read_tensors

T = TypeVar("T")

_BESIDE = 64 << 20  # bytes that may be read in vain, so that what is wrong with names and shapes is said of each
_LOOKS, _PAUSE = 50, 0.02  # a second at most beside what reading takes
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
    learning: Learning,
    keep: int,
    spared: Collection[int] = (),
    is_due: Callable[[int], bool] = lambda number: True,
) -> Path:
    """Write `folder/NUMBER`, whole or not at all, and drop all but the newest `keep` and those `spared`.

    Args:
        learning: what learning goes on from beside the weights.
        is_due: whether a run that nobody stops has a checkpoint of so many steps. The newest `keep` of such stay too,
            however often the run was stopped.

    Raises:
        GanlabError: the disk refuses, or as `module_states`; older checkpoints stay as they are.
    """
    final = folder / f"{number:08d}"
    try:
        with renamed_into_place(final, durable=True, replacing=True) as aside:
            write_files(aside, number=number, model=model, learning=learning)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise GanlabError(
            f"checkpoint {final} cannot be written: {_cause(error)}; earlier checkpoints are whole. Free some space, "
            f"and go on with: {shell_command('ganlab', 'train', '--resume', folder.parent)}"
        ) from error
    drop_older(folder, keep=keep, spared=spared, is_due=is_due)
    return final


def drop_older(
    folder: Path, *, keep: int, spared: Collection[int], is_due: Callable[[int], bool] = lambda number: True
) -> None:
    """Drop all checkpoints but the newest `keep`, the newest `keep` of those that are due, and those `spared`."""
    found = checkpoint_folders(folder)
    due = [old for old in found if is_due(int(old.name))]
    for old in found:
        if old not in found[-keep:] and old not in due[-keep:] and int(old.name) not in spared:
            remove_whole(old)


def newest_checkpoint(
    folder: Path, *, set_aside: bool = False, among: Callable[[int], bool] = lambda number: True
) -> Checkpoint | None:
    """The newest whole checkpoint in a run's `checkpoints/`; damaged ones are named in a warning and passed over.

    It may be replaced by a newer one while the run is trained: who reads it is called by `read_newest`.

    Args:
        set_aside: rename the damaged ones to `damaged-NUMBER`, for the one writer of the run.
        among: which steps' checkpoints are looked at.

    Raises:
        GanlabError: there are such checkpoints, and all are damaged; or they change too fast to be looked at.
    """
    return read_newest(folder, lambda checkpoint: checkpoint, set_aside=set_aside, among=among)


def read_newest(
    folder: Path,
    read: Callable[[Checkpoint], T],
    *,
    set_aside: bool = False,
    among: Callable[[int], bool] = lambda number: True,
) -> T | None:
    """What `read` gives of the newest whole checkpoint; None if there is none yet.

    A checkpoint that its writer replaces while it is read is no damaged one: the newest is then looked for again, as
    often as a run saves that does little else.

    Args:
        folder: a run's `checkpoints/`.
        read: called again with another checkpoint where one was replaced meanwhile.
        set_aside: as `newest_checkpoint`.
        among: as `newest_checkpoint`.

    Raises:
        GanlabError: as `newest_checkpoint`, or as `read`.
    """
    for _ in range(_LOOKS):
        try:
            checkpoint = _newest_whole(folder, set_aside=set_aside, among=among)
            if checkpoint is None and not set_aside and any(map(is_left_over, folder.glob(".*"))):
                raise _ChangedError  # one may be just about to take the place of the only one
            return None if checkpoint is None else _read_unchanged(checkpoint, read)
        except _ChangedError:
            time.sleep(_PAUSE)
    if not checkpoint_folders(folder):
        return None
    raise GanlabError(
        f"{folder} is being written to, and changes faster than it can be read; try again, or wait for the run to end"
    )


class _ChangedError(Exception):
    """What was read is no longer there, or is another one."""


def _newest_whole(folder: Path, *, set_aside: bool, among: Callable[[int], bool]) -> Checkpoint | None:
    damage = []
    for candidate in reversed([one for one in checkpoint_folders(folder) if among(int(one.name))]):
        before = identity_of(candidate)
        reason = find_damage(candidate)
        if before is None or identity_of(candidate) != before:
            raise _ChangedError
        if reason is None:
            return Checkpoint(folder=candidate, number=int(candidate.name))
        damage.append(f"{candidate}: {reason}")
        log.warning("checkpoint %s is damaged (%s); trying the one before", candidate, reason)
        if set_aside:
            _set_aside(candidate)
    if damage:
        raise GanlabError("every checkpoint is damaged, train again: " + "; ".join(damage))
    return None


def drop_newer(folder: Path, *, than: int) -> None:
    """Remove the checkpoints of more than so many steps: what is learned from there on is learned anew."""
    for newer in checkpoint_folders(folder):
        if int(newer.name) > than:
            remove_whole(newer)


def _read_unchanged(checkpoint: Checkpoint, read: Callable[[Checkpoint], T]) -> T:
    before = identity_of(checkpoint.folder)
    try:
        found = read(checkpoint)
    except (GanlabError, OSError) as error:
        if identity_of(checkpoint.folder) != before:
            raise _ChangedError from error
        raise
    if identity_of(checkpoint.folder) not in (before, None):  # what is gone by now was whole while it was read
        raise _ChangedError
    return found


def weights_size(checkpoint: Checkpoint) -> int:
    """Bytes of the weights that a checkpoint says it holds, none of which is read.

    Raises:
        GanlabError: it holds none.
    """
    try:
        return read_header(checkpoint.folder / WEIGHTS).size
    except TensorFileError as error:
        raise _unfit(checkpoint, error) from error


def load_weights(checkpoint: Checkpoint, model: Model) -> None:
    """Put a checkpoint's weights into a model of the same recipe; none is read where there are many more.

    Raises:
        GanlabError: names or shapes differ, or a file cannot be read.
    """
    file = checkpoint.folder / WEIGHTS
    wanted = sum(tensor.nbytes for tensor in state_tensors(model).values())
    try:
        if (there := read_header(file).size) > wanted + _BESIDE:
            raise TensorFileError(f"{WEIGHTS} holds {in_words(there)}, and the model takes {in_words(wanted)}")
        states = read_tensors(file, device=str(model.device)) | read_state(checkpoint.folder).parts
        for owner, module in model.state_modules().items():
            prefix = f"{owner}."
            module.load_state_dict(
                {name.removeprefix(prefix): value for name, value in states.items() if name.startswith(prefix)}
            )
    except OSError as error:
        raise GanlabError(f"checkpoint {checkpoint.folder} cannot be read: {error.strerror or error}") from error
    except (RuntimeError, TensorFileError) as error:
        raise _unfit(checkpoint, error) from error


def _unfit(checkpoint: Checkpoint, error: Exception) -> GanlabError:
    return GanlabError(f"checkpoint {checkpoint.folder} does not fit its recipe: {error}")


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


def identity_of(folder: Path) -> tuple[int, int] | None:
    """What is another where a checkpoint was replaced, or a file in it is gone; None where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
