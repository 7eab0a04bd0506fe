"""JSON in files that others may have written: regular files alone, of a bounded size, with numbers that fit."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ganlab_core.system.regular_files import read_regular

_MOST_DIGITS = 20  # of a whole number of 64 bits with its sign


def read_json(path: Path) -> Any:
    """What a file holds.

    Raises:
        OSError: as `read_regular`: it is missing, is a link, a pipe or a device, is too long, or cannot be read.
        ValueError: as `parse_json`.
    """
    return parse_json(read_regular(path))


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
