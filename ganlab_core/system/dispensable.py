"""What a run can do without, such as a picture or a cache: where it cannot be made, a warning says why."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ganlab_core.interface.errors import GanlabError

log = logging.getLogger(__name__)

FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    GanlabError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What libraries raise where something cannot be done; not what a signal's handler raises to end the program."""


@contextmanager
def dispensable(what: str) -> Iterator[None]:
    """Inside, something is made that nothing else needs; whatever makes that impossible is told, and ends nothing.

    Args:
        what: what it is, as the warning names it, such as `the picture samples/00000500.png`.
    """
    try:
        yield
    except FAILURES as error:  # of memory, disk, fonts or names: what was trained is worth more than a picture
        log.warning("%s could not be made, and is left out: %s", what, str(error) or type(error).__name__)
