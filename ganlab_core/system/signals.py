"""SIGINT, SIGTERM and SIGHUP become an exception, or ask a run to stop after its step; a second SIGINT leaves at once.

A signal that is ignored where the program starts stays so: `nohup` and a shell's background jobs mean it.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TypeAlias

from ganlab_core.interface.shell import shell_command

_STOPS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # no SIGHUP on Windows
_SECONDS_IN_STEP = 0.2  # a checkpoint that is being written is lost after it, earlier ones are whole
_SECONDS_TO_LEAVE = 1.0  # what is written aside is removed meanwhile

Asked: TypeAlias = Callable[[], int | None]


class Interrupted(BaseException):
    """The program was stopped by a signal; no `Exception`, so that nothing takes it for a plugin's or a file's failure.

    Args:
        folder: of a run that goes on from there, since its checkpoint is written.
        way_on: in place of that, what is there and how to go on.
    """

    def __init__(self, number: int, *, folder: Path | None = None, way_on: str | None = None) -> None:
        if way_on is None and folder is not None:
            way_on = f"go on with: {shell_command('ganlab', 'train', '--resume', folder)}"
        super().__init__("; ".join(filter(None, [f"stopped by {signal.Signals(number).name}", way_on])))
        self.number = number
        self.way_on = way_on
        self.exit_code = 128 + number


class _Stops:
    """The handler of the signals that stop, and what they have asked for.

    Attributes:
        received: every one, in the order in which they came.
        raised: the one that ends the program; what is being unwound is not disturbed by more of them.
        waits: whether the first one is only noted, as a step is taken.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self.raised: int | None = None
        self.waits = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.received.append(number)
        is_first = len(self.received) == 1
        if self.raised is None and (number == signal.SIGINT or is_first) and not (is_first and self.waits):
            self.raised = number
            raise Interrupted(number)


_handler: _Stops | None = None  # signals are the process's, and so is what handles them


@contextmanager
def raised_stops() -> Iterator[Asked]:
    """Inside, signals that stop raise `Interrupted` at once, but where `stop_requests` waits for a step's end.

    Only the first one is raised; while it is unwound others are passed over, and a second SIGINT ends the process in a
    second. Signals reach the main thread alone. The yielded function tells the one that was raised, or None.
    """
    with _handled() as stops:
        yield lambda: stops.raised


@contextmanager
def stop_requests() -> Iterator[Asked]:
    """Inside, the yielded function tells the signal that asked to stop, or None.

    Signals reach the main thread alone; a run in another thread is not asked.
    """
    with _handled() as stops:
        before, stops.waits = stops.waits, True
        try:
            yield lambda: stops.received[0] if stops.received else None
        except BaseException:
            stops.raised = stops.raised or next(iter(stops.received), None)
            raise
        finally:
            stops.waits = before


@contextmanager
def leading_on(folder: Path) -> Iterator[None]:
    """Inside, a signal that is raised says how to go on with the run in a folder.

    Raises:
        Interrupted: in place of one that does not say how to go on.
    """
    try:
        yield
    except Interrupted as stop:
        if stop.way_on is not None:
            raise
        raise Interrupted(stop.number, folder=folder) from None


def leave_quietly() -> None:
    """From here on SIGINT ends the process without a traceback; for a program that has nothing left to do."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _handled() -> Iterator[_Stops]:
    """Inside, one handler has the signals that are not ignored; the one that had them before gets them back."""
    global _handler
    if threading.current_thread() is not threading.main_thread():
        yield _Stops()  # which nobody tells anything
        return
    if _handler is not None:
        yield _handler
        return
    stops = _handler = _Stops()
    handlers = {number: signal.getsignal(number) for number in _STOPS}
    before = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    with _leaving_at_once(stops):
        try:
            for number in before:
                signal.signal(number, stops)
            yield stops
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            _handler = None


@contextmanager
def _leaving_at_once(stops: _Stops) -> Iterator[None]:
    """Inside, a second SIGINT ends the process even where Python's handlers wait, as for a long backward pass."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(read, stops), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(write)
        watcher.join()
        os.close(read)


def _watch(read: int, stops: _Stops) -> None:
    """Read the signals as they come; the pipe's other end is closed once the program has left by itself."""
    count, ends = 0, None
    while True:
        ready, _, _ = select.select([read], [], [], None if ends is None else max(ends - time.monotonic(), 0.0))
        if not ready:
            _leave()
        received = os.read(read, 1)
        if not received:
            return
        count += received[0] in _STOPS
        if count > 1 and received[0] == signal.SIGINT and ends is None:
            ends = time.monotonic() + (_SECONDS_IN_STEP if stops.waits else _SECONDS_TO_LEAVE)


def _leave() -> None:
    with suppress(OSError):  # nobody reads it any more
        os.write(2, b"stopped at once by a second SIGINT\n")
    os._exit(128 + signal.SIGINT)


def _forget_in_child() -> None:
    """A forked process, such as one that loads data, is told to stop by the one that forked it, not by the terminal."""
    global _handler
    if _handler is None:
        return
    _handler = None
    signal.set_wakeup_fd(-1)
    for number in _STOPS:
        if isinstance(signal.getsignal(number), _Stops):
            signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
