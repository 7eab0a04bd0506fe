"""JSON in files that others may have written: regular files alone, of a bounded size, with numbers that fit."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

MOST_BYTES = 8 << 20  # the facts of a collection of 10,000 named classes take a thirtieth of it
_MOST_DIGITS = 20  # of a whole number of 64 bits with its sign
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def read_json(path: Path) -> Any:
    """What a file holds.

    Raises:
        OSError: the file is missing, is a link, a pipe or a device, is too long, or cannot be read.
        ValueError: as `parse_json`.
    """
    with open_regular(path) as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {MOST_BYTES >> 20} MiB", str(path))
    return parse_json(content)


def open_regular(path: Path) -> BinaryIO:
    """A regular file, to read; neither a link is followed nor a pipe waited for.

    Raises:
        OSError: it is no regular file, or cannot be read.
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link; put what it leads to in its place", str(path))
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def parse_json(content: bytes) -> Any:
    """Plain values; NaN and infinities as Python writes them are numbers, what only overflows into one is not.

    Raises:
        ValueError: it is no UTF-8 text, no JSON, nested too deeply, or holds a number that none of ganlab's files does.
    """
    try:
        return json.loads(content.decode("utf-8"), parse_int=_whole, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 text (byte {error.start}: {error.reason})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"it holds a number of {len(text):,} digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"it holds a number that is too large ({text[:_MOST_DIGITS]})")
    return number
