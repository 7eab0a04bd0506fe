"""How much memory decoding may take, of all threads together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MEGAPIXELS = 90
"""What a picture may hold where nothing else is said, in millions of pixels; camera backs for studios reach 150."""

_BYTES = 12  # a pixel: of RGB as PIL holds it, turned upright, and as it is converted


class _Budget:
    """Bytes that pictures take while they are decoded: those that together need more wait for one another."""

    def __init__(self) -> None:
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, needed: int, *, megapixels: int) -> Iterator[None]:
        """Inside, so many bytes are taken; a picture that needs all there are, or more, is decoded alone."""
        total = budget_bytes(megapixels)
        needed = min(needed, total)
        with self._changed:
            self._changed.wait_for(lambda: self._taken == 0 or self._taken + needed <= total)
            self._taken += needed
        try:
            yield
        finally:
            with self._changed:
                self._taken -= needed
                self._changed.notify_all()


def budget_bytes(megapixels: int) -> int:
    """What a picture of so many megapixels takes; all threads together take no more."""
    return megapixels * 1_000_000 * _BYTES


BUDGET = _Budget()
"""Of this process."""
