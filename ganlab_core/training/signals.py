"""SIGINT and SIGTERM ask a run to stop after its step; a second SIGINT stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


class Interrupted(Exception):  # noqa: N818 - it is no error: the run was asked to stop, and did
    """A run was stopped by a signal after its checkpoint was written."""

    def __init__(self, number: int, *, folder: Path) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}; go on with: ganlab train --resume {folder}")
        self.exit_code = 128 + number


@contextmanager
def stop_requests() -> Iterator[Callable[[], int | None]]:
    """Inside, the yielded function tells the signal that asked to stop, or None.

    Signals reach the main thread alone; a run in another thread is not asked.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: received[0] if received else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
