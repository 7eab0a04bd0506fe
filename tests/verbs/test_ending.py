"""How the command line ends where a signal stops it, or nobody reads it any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ganlab_core.testing.fixtures import Ganlab

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def in_a_verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen where a verb would be at work."""

    def take(happening: Callable[[], None]) -> None:
        monkeypatch.setattr("ganlab_core.verbs.main.given_verbs", lambda plugins: happening())

    return take


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_is_unwound_said_in_a_line_and_told_by_the_exit_code(
    ganlab: Ganlab, in_a_verb: Callable[[Callable[[], None]], None], number: signal.Signals
) -> None:
    def half_done() -> None:
        Path("aside").touch()
        try:
            signal.raise_signal(number)
        finally:
            Path("aside").unlink()

    before = signal.getsignal(number)
    in_a_verb(half_done)
    outcome = ganlab("list")
    assert (outcome.code, outcome.err) == (128 + number, f"stopped by {number.name}\n")
    assert not Path("aside").exists()
    assert signal.getsignal(number) == before


def test_what_unwinding_makes_of_a_signal_is_still_one(
    ganlab: Ganlab, in_a_verb: Callable[[Callable[[], None]], None]
) -> None:
    def imported() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            raise ImportError("initialization failed")

    in_a_verb(imported)
    outcome = ganlab("list")
    assert (outcome.code, outcome.err) == (143, "stopped by SIGTERM\n")


def test_a_failure_without_a_signal_is_no_signals(
    ganlab: Ganlab, in_a_verb: Callable[[Callable[[], None]], None]
) -> None:
    def failed() -> None:
        raise RuntimeError("a bug")

    in_a_verb(failed)
    with pytest.raises(RuntimeError, match="a bug"):
        ganlab("list")


def test_a_signal_in_the_first_moment_finds_its_ending(tmp_path: Path) -> None:
    program = """
import os, runpy, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "pluggy":
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
sys.argv = ["ganlab", "list"]
runpy.run_module("ganlab_core", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "stopped by SIGINT\n")


@pytest.mark.parametrize("options", [(), ("-u",)])
def test_a_verb_that_prints_to_nobody_ends_quietly(tmp_path: Path, options: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, *options, "-m", "ganlab_core", "--help"]
    done = subprocess.run(command, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
