"""How signals that stop become an exception or a request, and what is said of the way on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganlab_core.plugins import load_plugins
from ganlab_core.system import signals
from ganlab_core.system.signals import Interrupted, leading_on, leave_quietly, raised_stops, stop_requests

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def ignored() -> Iterator[None]:
    """As `nohup` and a shell's background jobs leave them."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_is_raised_at_once_and_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as stop, raised_stops() as raised:
        signal.raise_signal(number)
    assert (stop.value.number, stop.value.exit_code, raised()) == (number, 128 + number, number)
    assert signal.getsignal(number) == before


@pytest.mark.usefixtures("ignored")
@pytest.mark.parametrize("number", STOPS)
def test_a_signal_that_was_ignored_stays_so(number: signal.Signals) -> None:
    with raised_stops(), stop_requests() as stop_request:
        signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_IGN
        assert stop_request() is None


@pytest.mark.parametrize("number", STOPS)
def test_a_run_inside_is_still_asked_to_finish_its_step(number: signal.Signals) -> None:
    with raised_stops() as raised, stop_requests() as stop_request:
        signal.raise_signal(number)
        assert stop_request() == number
        assert raised() is None


def test_after_the_steps_signals_are_raised_again() -> None:
    def stopped() -> None:
        with raised_stops():
            with stop_requests():
                pass
            signal.raise_signal(signal.SIGHUP)

    with pytest.raises(Interrupted):
        stopped()


@pytest.mark.parametrize("more", STOPS)
def test_what_is_unwound_is_not_disturbed_by_another_signal(more: signal.Signals) -> None:
    unwound = []

    def stopped() -> None:
        with raised_stops():
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(more)
                unwound.append(True)

    with pytest.raises(Interrupted) as stop:
        stopped()
    assert (unwound, stop.value.number) == ([True], signal.SIGTERM)


def test_what_a_run_that_stops_has_to_close_is_not_disturbed_either() -> None:
    def stopped() -> None:
        with raised_stops():
            try:
                with stop_requests() as stop_request:
                    signal.raise_signal(signal.SIGINT)
                    raise Interrupted(stop_request() or 0, way_on="after the step")
            finally:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted, match="after the step"):
        stopped()


@pytest.mark.parametrize(("second", "raised"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGHUP, False)])
def test_only_a_second_sigint_does_not_wait_for_the_step(second: signal.Signals, *, raised: bool) -> None:
    left = False
    try:
        with stop_requests():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(second)
    except Interrupted:
        left = True
    assert left == raised


def test_a_second_sigint_ends_a_process_that_does_not_come_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    left = threading.Event()
    monkeypatch.setattr(signals, "_leave", left.set)
    monkeypatch.setattr(signals, "_SECONDS_TO_LEAVE", 0.01)
    waited = []

    def stopped() -> None:
        with raised_stops():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                waited.append(left.wait(0.05))
                signal.raise_signal(signal.SIGINT)
                waited.append(left.wait(10))

    with pytest.raises(Interrupted):
        stopped()
    assert waited == [False, True]


def test_no_plugin_is_blamed_for_a_signal_that_comes_while_it_works() -> None:
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    with pytest.raises(Interrupted), raised_stops(), plugins.isolated(plugins.statuses[0], "hook"):
        signal.raise_signal(signal.SIGTERM)
    assert not issubclass(Interrupted, Exception)


def test_a_forked_process_is_stopped_by_the_one_that_forked_it() -> None:
    with raised_stops():
        if (child := os.fork()) == 0:
            known = [signal.getsignal(number) for number in STOPS]
            os._exit(0 if known == [signal.SIG_IGN, signal.SIG_DFL, signal.SIG_IGN] else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL


def test_a_program_that_is_done_leaves_without_a_traceback() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        leave_quietly()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_way_on_can_be_pasted_into_a_shell_and_another_may_be_told() -> None:
    stop = Interrupted(signal.SIGINT, folder=Path("my runs/one"))
    assert str(stop) == "stopped by SIGINT; go on with: ganlab train --resume 'my runs/one'"
    assert str(Interrupted(signal.SIGHUP)) == "stopped by SIGHUP"
    assert str(Interrupted(signal.SIGTERM, way_on="half is done")) == "stopped by SIGTERM; half is done"


def test_a_signal_that_says_no_way_on_is_told_one() -> None:
    for way_on, said in ((None, "go on with: ganlab train --resume run"), ("otherwise", "otherwise")):
        with pytest.raises(Interrupted, match=f"stopped by SIGTERM; {said}"), leading_on(Path("run")):
            raise Interrupted(signal.SIGTERM, way_on=way_on)
