"""One writer a folder at a time."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ganlab_core.interface.errors import GanlabError


@contextmanager
def locked(folder: Path, *, option: str) -> Iterator[None]:
    """Hold a folder's lock, making the folder; the system lets go of it when the process ends, however it ends.

    Args:
        folder: what is written to.
        option: the command line's option that names another one, for messages.

    Raises:
        GanlabError: another process holds it, which is named by its number; or the folder cannot be written.
    """
    file, holder = folder / ".lock", folder / ".lock.json"
    for path in (file, holder):
        if path.is_symlink():
            raise GanlabError(f"{path} is a link, which a lock never is; remove it, or name another folder")
    lock = filelock.FileLock(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        holder.write_text(json.dumps({"process": os.getpid(), "host": platform.node()}))
    except filelock.Timeout as error:
        raise GanlabError(
            f"{folder} is in use by process {_process(holder)}; wait for it, stop it, or name another folder with "
            f"`{option}`"
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


def _process(holder: Path) -> int | str:
    """The number of the process that holds a lock, as far as it has been told."""
    try:
        return int(json.loads(holder.read_text(encoding="utf-8"))["process"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return "unknown"
