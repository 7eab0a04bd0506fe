"""Files that others may have made: regular ones alone, of a bounded size; no pipe is waited for, no device opened."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 8 << 20  # the facts of a collection of 10,000 named classes take a thirtieth of it
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_KIB = 10


def open_regular(path: Path, *, most: int | None = None, follow: bool = False) -> BinaryIO:
    """A regular file, to read; a pipe is not waited for.

    Args:
        most: bytes that it may have; as many as it likes if None, for what is read bit by bit.
        follow: whether it may be a link, as a file may be that the user named.

    Raises:
        OSError: it is no regular file, is a link, is too long, or cannot be read.
    """
    if not follow and path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link; put what it leads to in its place", str(path))
    _require_regular(path.stat().st_mode, path)  # before it is opened, which some devices act upon
    descriptor = os.open(path, _FLAGS | (0 if follow else _NO_LINK))
    try:
        state = os.fstat(descriptor)
        _require_regular(state.st_mode, path)
        if most is not None and state.st_size > most:
            raise _too_long(most, path)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path, *, most: int = MOST_BYTES, follow: bool = False) -> bytes:
    """All of a regular file.

    Args:
        most: bytes that it may have.
        follow: as in `open_regular`.

    Raises:
        OSError: as `open_regular`, or it grows too long while it is read.
    """
    with open_regular(path, most=most, follow=follow) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise _too_long(most, path)
    return content


def _require_regular(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))


def _too_long(most: int, path: Path) -> OSError:
    shown = f"{most >> 2 * _KIB} MiB" if most >> 2 * _KIB else f"{most >> _KIB} KiB"
    return OSError(errno.EFBIG, f"it is longer than {shown}", str(path))
