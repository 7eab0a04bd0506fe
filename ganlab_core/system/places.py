"""The places that a user names for what is written: new folders, files, and what is neither, as pipes and devices."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system.hidden import clear_left_over

_LONGEST_NAME = 255  # bytes, of Linux's, macOS's and Windows' file systems
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_OPEN = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,9})")


def is_stream(path: Path) -> bool:
    """Whether a place is written into and not replaced: a pipe, a device, or what this process has open already.

    `/dev/stdout` is such a place whatever it leads to, and so are `/dev/null` and `/dev/fd/63` of a shell's `>(...)`.
    """
    if _descriptor(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def is_printed(path: Path) -> bool:
    """Whether what is written to this place goes where the process prints, so that it must print nothing else there."""
    descriptor = _descriptor(path)
    try:
        return descriptor is not None and os.path.sameopenfile(descriptor, sys.stdout.fileno())
    except (OSError, ValueError):
        return False


@contextmanager
def opened_stream(path: Path) -> Iterator[BinaryIO]:
    """A pipe or device to write to, behind what was printed before.

    Raises:
        OSError: it cannot be written, or who reads it has gone.
    """
    descriptor = _descriptor(path)
    sys.stdout.flush()
    opened = os.open(path, os.O_WRONLY) if descriptor is None else os.dup(descriptor)
    with os.fdopen(opened, "wb") as stream:
        yield stream


def _descriptor(path: Path) -> int | None:
    """The number that the file at such a place has in this process already."""
    text = os.path.abspath(path)
    found = _OPEN.fullmatch(text)
    if found is None:
        return _STANDARD.get(text)
    return int(found[1])


def require_new_folder(folder: Path, *, option: str, outside: Path | None = None) -> None:
    """Check that a folder can be made: that there is none, or an empty one, and not inside what is read.

    Args:
        folder: the folder to make.
        option: the command line's option that names it, for messages.
        outside: a folder of images that it must not lie in.

    Raises:
        GanlabError: it is a file, a pipe or a device, is not empty, or lies in `outside`.
    """
    if is_stream(folder):
        raise GanlabError(f"{option} {folder} is a pipe or a device; name a folder that does not exist")
    if folder.exists() and not folder.is_dir():
        raise GanlabError(f"{option} {folder} is a file; name a folder that does not exist")
    if folder.resolve() == Path.cwd():
        raise GanlabError(f"{option} {folder} is the folder that ganlab was called in; name one that does not exist")
    if folder.is_dir():
        clear_left_over(folder)
        if any(folder.iterdir()):
            raise GanlabError(f"{option} {folder} is not empty; name a folder that does not exist")
    if outside is not None and folder.resolve().is_relative_to(outside.resolve()):
        raise GanlabError(
            f"{option} {folder} lies in {outside}, whose images are read, so its images would be taken for more of "
            "them; name a folder outside"
        )


def fitting_name(stem: str, ending: str, *, folder: Path) -> str:
    """`stem` and `ending` as the name of a file in a folder, the stem cut where file systems take no name so long.

    Args:
        folder: its file system is asked how long names may be, where it can be.
    """
    longest = _longest_name(folder)
    while stem and len(os.fsencode(stem + ending)) > longest:
        stem = stem[:-1]
    return stem + ending


def _longest_name(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):
        return _LONGEST_NAME
