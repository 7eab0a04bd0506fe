"""One writer a folder at a time."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ganlab_core.component import GanlabError


@contextmanager
def locked(folder: Path, *, option: str) -> Iterator[None]:
    """Hold a folder's lock, making the folder; the system lets go of it when the process ends, however it ends.

    Args:
        folder: what is written to.
        option: the command line's option that names another one, for messages.

    Raises:
        GanlabError: another process holds it, which is named by its number; or the folder cannot be written.
    """
    holder = folder / ".lock.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock")
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        who = json.loads(holder.read_text())["process"] if holder.exists() else "unknown"
        raise GanlabError(
            f"{folder} is in use by process {who}; wait for it, stop it, or name another folder with `{option}`"
        ) from error
    except OSError as error:
        raise GanlabError(
            f"{folder} cannot be written: {error.strerror}; name another folder with `{option}`"
        ) from error
    try:
        holder.write_text(json.dumps({"process": os.getpid(), "host": platform.node()}))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
