"""A few lines that no signal cuts in two: signals that come meanwhile are answered right after them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_PUT_OFF = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Inside, SIGINT, SIGTERM and SIGHUP wait; at the end each that came is answered as it would have been.

    For what takes milliseconds, such as a few renames. Signals reach the main thread alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.getsignal(number) for number in _PUT_OFF}
    answered = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for number in answered:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in answered.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(came):
            _answer(number, answered[number])


def _answer(number: int, handler: Callable[[int, FrameType | None], object] | int | None) -> None:
    """As the handler would have; not by raising the signal again, which a wakeup descriptor would count as a second."""
    if callable(handler):
        handler(number, None)
    else:
        signal.raise_signal(number)
