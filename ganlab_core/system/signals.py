"""SIGINT and SIGTERM ask a run to stop after its step; a second SIGINT stops at once."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ganlab_core.interface.shell import shell_command

_STOPS = (signal.SIGINT, signal.SIGTERM)
_SECONDS_TO_LEAVE = 0.2  # a checkpoint that is being written is lost after it, earlier ones are whole


class Interrupted(Exception):  # noqa: N818 - it is no error: the run was asked to stop, and did
    """A run was stopped by a signal after its checkpoint was written; with no folder, one of which nothing is kept.

    `way_on` says in place of that what is there and how to go on.
    """

    def __init__(self, number: int, *, folder: Path | None, way_on: str | None = None) -> None:
        if way_on is None:
            way_on = "nothing was kept" if folder is None else f"go on with: {_command(folder)}"
        super().__init__(f"stopped by {signal.Signals(number).name}; {way_on}")
        self.number = number
        self.exit_code = 128 + number


def _command(folder: Path) -> str:
    return shell_command("ganlab", "train", "--resume", folder)


@contextmanager
def raised_stops() -> Iterator[None]:
    """Inside, SIGINT and SIGTERM raise `Interrupted` at once, but where `stop_requests` waits for a step's end.

    For what takes long around the training of a run, and has nothing to save. Signals reach the main thread alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number, folder=None)

    before = {number: signal.signal(number, stop) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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

    before = {number: signal.signal(number, note) for number in _STOPS}
    try:
        with _leaving_at_once():
            yield lambda: received[0] if received else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _leaving_at_once() -> Iterator[None]:
    """Inside, a second SIGINT ends the process even where Python's handlers wait, as for a long backward pass."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(read,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(write)
        watcher.join()
        os.close(read)


def _watch(read: int) -> None:
    """Read the signals as they come; the pipe's other end is closed once the program has left by itself."""
    stops = 0
    while received := os.read(read, 1):
        stops += received[0] in _STOPS
        if stops > 1 and received[0] == signal.SIGINT:
            left_by_itself, _, _ = select.select([read], [], [], _SECONDS_TO_LEAVE)
            if not left_by_itself:
                os._exit(128 + signal.SIGINT)
