"""Standard output and error outlast their readers, and say where something else than that kept them from saying all."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from ganlab_core.system.outlets import lasting_outlets

FULL = Path("/dev/full")


def piped(monkeypatch: pytest.MonkeyPatch, *, buffered: bool = True) -> int:
    """Let standard output be a pipe, as `python` or `python -u` opens it; the end that is read from."""
    read, write = os.pipe()
    stream = os.fdopen(write, "w") if buffered else io.TextIOWrapper(os.fdopen(write, "wb", 0), write_through=True)
    monkeypatch.setattr("sys.stdout", stream)
    return read


@pytest.mark.parametrize("buffered", [True, False])
def test_what_is_printed_arrives_as_before(monkeypatch: pytest.MonkeyPatch, *, buffered: bool) -> None:
    reader = piped(monkeypatch, buffered=buffered)
    print("before")
    with lasting_outlets():
        print("inside")
    print("after", flush=True)
    assert os.read(reader, 100) == b"before\ninside\nafter\n"
    os.close(reader)
    sys.stdout.close()


@pytest.mark.parametrize("buffered", [True, False])
def test_nothing_ends_where_the_reader_of_a_pipe_goes_away(monkeypatch: pytest.MonkeyPatch, *, buffered: bool) -> None:
    reader = piped(monkeypatch, buffered=buffered)
    with lasting_outlets():
        print("one", flush=True)
        os.close(reader)
        for _ in range(3):
            print("two" * 10_000, flush=True)
        print("three")
    sys.stdout.close()


def test_nor_where_a_terminal_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        monkeypatch.setattr("sys.stderr", stream)
        with lasting_outlets():
            assert sys.stdout.isatty()
            print("one")
            os.close(master)
            print("two")
            print("three", file=sys.stderr)


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
def test_a_full_disk_ends_nothing_either_but_is_told_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    went_on = []

    def say() -> None:
        with lasting_outlets():
            print("one", flush=True)
            went_on.append(True)

    with FULL.open("w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        with pytest.raises(SystemExit) as stop:
            say()
    assert (went_on, stop.value.code) == ([True], 1)
    assert capsys.readouterr().err == (
        "error: standard output: No space left on device; it lacks what was said since\n"
    )


def test_a_pipe_that_was_told_not_to_wait_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, text, got = piped(monkeypatch), "x" * 300_000, bytearray()

    def read_all() -> None:
        while len(got) < len(text):
            got.extend(os.read(reader, 65536))

    os.set_blocking(sys.stdout.fileno(), False)
    reading = threading.Timer(0.05, read_all)
    reading.start()
    with lasting_outlets():
        print(text, end="", flush=True)
    reading.join()
    os.close(reader)
    sys.stdout.close()
    assert got.decode() == text


def test_streams_that_are_not_the_programs_own_or_are_not_there_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    captured = sys.stdout
    monkeypatch.setattr("sys.stderr", None)
    with lasting_outlets():
        assert sys.stdout is captured
        assert sys.stderr is None
        print("one")
    assert capsys.readouterr().out == "one\n"
