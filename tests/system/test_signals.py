"""How a program is asked to stop where no step of a run is being taken, and what it says of the way on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ganlab_core.system.signals import Interrupted, raised_stops, stop_requests


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_raised_at_once_and_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as stop, raised_stops():
        signal.raise_signal(number)
    assert stop.value.number == number
    assert signal.getsignal(number) == before


def test_a_run_inside_is_still_asked_to_finish_its_step() -> None:
    with raised_stops(), stop_requests() as stop_request:
        signal.raise_signal(signal.SIGTERM)
        assert stop_request() == signal.SIGTERM


def test_the_way_on_can_be_pasted_into_a_shell_and_another_may_be_told() -> None:
    stop = Interrupted(signal.SIGINT, folder=Path("my runs/one"))
    assert str(stop) == "stopped by SIGINT; go on with: ganlab train --resume 'my runs/one'"
    assert str(Interrupted(signal.SIGINT, folder=None)) == "stopped by SIGINT; nothing was kept"
    assert str(Interrupted(signal.SIGTERM, folder=None, way_on="half is done")) == "stopped by SIGTERM; half is done"
