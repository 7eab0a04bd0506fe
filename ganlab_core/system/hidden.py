"""Hidden folders to write in first, each held by its writer's lock: what a killed one left is told by that, and swept.

Their names are drawn at random. A number of the process would come again, in every container.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

_PREFIX, _LOCK = ".writing-", "lock"
_TRIES = 100
_NO_LOCKS = {getattr(errno, name, None) for name in ("ENOSYS", "ENOLCK", "ENOTSUP", "EOPNOTSUPP")}


@dataclass(frozen=True)
class Hidden:
    """A folder that this process made: `new` is for what will take its place, `older` for what was in these places."""

    path: Path
    lock: filelock.BaseFileLock | None

    @property
    def new(self) -> Path:
        """Where to write."""
        return self.path / "new"

    @property
    def older(self) -> Path:
        """Where what is replaced is kept until all is in place."""
        return self.path / "older"

    def remove(self) -> None:
        """Take away the folder and what is left in it; what cannot be taken away, the next writer sweeps."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.lock is not None:
            self.lock.release()


def make_hidden(parent: Path) -> Hidden:
    """Make such a folder in `parent`, after what killed writers left there was swept.

    Raises:
        OSError: the folder cannot be written.
    """
    with suppress(OSError):
        clear_left_over(parent)
    for _ in range(_TRIES):
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        try:
            hidden = Hidden(path, _locked(path))
        except (filelock.Timeout, FileNotFoundError):  # another process takes it for a left-over, before it is held
            continue
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        try:
            hidden.new.mkdir()
            hidden.older.mkdir()
        except BaseException:
            hidden.remove()
            raise
        return hidden
    raise FileExistsError(f"{parent} is swept by other processes again and again")


def clear_left_over(folder: Path) -> None:
    """Remove what processes left in a folder that were killed while they wrote there; what a living one holds stays.

    Raises:
        OSError: it cannot be removed.
    """
    with os.scandir(folder) as entries:
        found = [Path(entry.path) for entry in entries if is_left_over(Path(entry.name))]
    for path in found:
        with suppress(FileNotFoundError):  # its writer is alive, and has finished
            _sweep(path)


def is_left_over(path: Path) -> bool:
    """Whether this is what a process writes aside, and leaves if it is killed."""
    return path.name.startswith(_PREFIX)


def _sweep(path: Path) -> None:
    """Remove one, unless its writer lives; no link in it is followed, and none of another user's is touched."""
    if hasattr(os, "geteuid") and path.lstat().st_uid != os.geteuid():
        return
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    if (path / _LOCK).is_symlink():
        (path / _LOCK).unlink()
    try:
        lock = _locked(path)
    except filelock.Timeout:
        return
    if lock is not None:
        try:
            shutil.rmtree(path)
        finally:
            lock.release()


def _locked(path: Path) -> filelock.BaseFileLock | None:
    """The lock of such a folder, taken by this process; None where the file system has no locks.

    Raises:
        filelock.Timeout: another one holds it.
        OSError: the folder is gone, or cannot be written.
    """
    lock = filelock.FileLock(path / _LOCK)
    try:
        lock.acquire(timeout=0)
        (path / _LOCK).stat()  # taken of a file that another process has removed, it would be nothing
    except NotImplementedError:
        return None
    except OSError as error:
        lock.release()
        if error.errno in _NO_LOCKS:
            return None
        raise
    return lock
