"""Python's garbage collector, kept from looking through modules while they load and afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def without_collector() -> Iterator[None]:
    """Inside, nothing is collected; what was loaded stays, and is left out of all later passes.

    Imports make hundreds of thousands of objects, which each pass over them would walk in vain.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        _freeze_once()
        if enabled:
            gc.enable()


@cache
def _freeze_once() -> None:
    """Once, for what a program loads first: of a later time, garbage would stay for ever as well."""
    gc.freeze()
