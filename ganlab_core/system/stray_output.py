"""What code of others prints where it is not asked to: plugins while they are imported, parts while they work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

_STDOUT, _STDERR = 1, 2


@contextmanager
def stray_output_to_stderr() -> Iterator[None]:
    """Inside, what is written to stdout goes to stderr, that of child processes and of C libraries too.

    Stdout is then the program's own: JSON on it can be read by another program. May be nested.
    """
    with _descriptor_turned(), redirect_stdout(sys.stderr):
        yield


@contextmanager
def _descriptor_turned() -> Iterator[None]:
    """Turn the descriptor behind stdout. Where one of the two is closed, there is nothing to turn."""
    _flush()
    try:
        own = os.dup(_STDOUT)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            os.dup2(_STDERR, _STDOUT)
        yield
    finally:
        _flush()
        os.dup2(own, _STDOUT)
        os.close(own)


def _flush() -> None:
    """What Python holds back goes where it was meant to go."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, it is closed, or nobody reads it
            stream.flush()
