"""One writer a folder at a time, and who that is."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import filelock

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system.json_files import read_json

_LOCK, _HOLDER = ".lock", ".lock.json"
_UNKNOWN = "unknown"
_PATIENCE = 1.0  # seconds: who looks at a lock holds it for a moment, which a busy machine draws out


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock, and its machine, as far as they have been told."""

    process: int | str = _UNKNOWN
    host: str = _UNKNOWN


@dataclass(frozen=True)
class LockState:
    """A lock, and who wrote that it holds it: nobody if it is free, a process that was killed if it is stale."""

    state: Literal["free", "held", "stale"]
    holder: Holder | None


@contextmanager
def locked(folder: Path, *, option: str) -> Iterator[None]:
    """Hold a folder's lock, making the folder; the system lets go of it when the process ends, however it ends.

    Args:
        folder: what is written to.
        option: the command line's option that names another one, for messages.

    Raises:
        GanlabError: another process holds it, which is named by its number; or the folder cannot be written.
    """
    file, holder = folder / _LOCK, folder / _HOLDER
    for path in (file, holder):
        if path.is_symlink():
            raise GanlabError(f"{path} is a link, which a lock never is; remove it, or name another folder")
    lock = filelock.FileLock(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=_PATIENCE)
        holder.write_text(json.dumps(asdict(Holder(os.getpid(), platform.node()))))
    except filelock.Timeout as error:
        process = (_read_holder(holder) or Holder()).process
        raise GanlabError(
            f"{folder} is in use by process {process}; wait for it, stop it, or name another folder with `{option}`"
        ) from error
    except OSError as error:
        lock.release()
        raise GanlabError(
            f"{folder} cannot be written: {error.strerror}; name another folder with `{option}`"
        ) from error
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_lock(path: Path) -> bool:
    """Whether this is one of the files of a folder's lock."""
    return path.name in (_LOCK, _HOLDER)


def was_locked(folder: Path) -> bool:
    """Whether a process has ever held the folder's lock: the file stays."""
    return (folder / _LOCK).is_file()


def look_at_lock(folder: Path) -> LockState:
    """The lock as it is, without taking it away from anybody or writing anything."""
    held, holder = _is_held(folder / _LOCK), _read_holder(folder / _HOLDER)
    return LockState("held" if held else "free" if holder is None else "stale", holder)


def _is_held(lock: Path) -> bool:
    """Whether a process holds the lock. A shared lock, let go of at once, is refused exactly while one does."""
    try:
        import fcntl
    except ImportError:  # Windows: there the file cannot even be read while it is locked
        return _is_unreadable(lock)
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_unreadable(lock: Path) -> bool:
    try:
        lock.read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _read_holder(path: Path) -> Holder | None:
    """None if nobody is named; of a file that is damaged or another's, a holder of whom nothing is known."""
    try:
        found = read_json(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return Holder()
    known = found if isinstance(found, dict) else {}
    process, host = known.get("process"), known.get("host")
    return Holder(
        process if isinstance(process, int) else _UNKNOWN,
        host if isinstance(host, str) and host.isprintable() else _UNKNOWN,
    )
