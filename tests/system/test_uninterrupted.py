"""Signals that come during a few lines are answered right after them."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import pytest

from ganlab_core.system.uninterrupted import uninterrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_answered_by_its_handler_once_the_lines_are_done(number: int) -> None:
    done: list[str] = []

    def stop(received: int, frame: FrameType | None) -> None:
        done.append(f"stopped by {received}")
        raise InterruptedError

    before = signal.signal(number, stop)
    try:
        with pytest.raises(InterruptedError), uninterrupted():  # noqa: PT012 - the body is what is tested
            os.kill(os.getpid(), number)
            done.append("line")
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)
    assert done == ["line", f"stopped by {number}"]


def test_a_signal_that_is_ignored_stays_so_and_other_threads_are_not_asked() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    found: list[bool] = []

    def elsewhere() -> None:
        with uninterrupted():
            found.append(True)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [True]


def test_one_ctrl_c_is_told_once_to_who_counts_them() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write)
    try:
        with pytest.raises(KeyboardInterrupt), uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
        assert os.read(read, 10) == bytes([signal.SIGINT])
    finally:
        signal.set_wakeup_fd(before)
        os.close(read)
        os.close(write)
