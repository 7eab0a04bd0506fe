"""The bar of `ganlab discover`: names the stage, and counts down the whole way."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ganlab_elastic.discover.progress import ASSIGNING, CLASSES, DRAWING, Progress, Stage, said

STAGES = [Stage(CLASSES, 100.0), Stage(ASSIGNING, 10.0), Stage(DRAWING, 50.0), Stage(ASSIGNING, 10.0)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    return now


def shown(*, terminal: bool) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=100, legacy_windows=False), out


def test_the_time_left_is_that_of_all_stages_and_goes_by_what_a_stage_takes(clock: list[float]) -> None:
    progress = Progress(shown(terminal=False)[0], seconds=600.0)
    assert progress.left == 600.0
    progress.plan(STAGES)
    assert progress.left == 170.0
    progress.begin(CLASSES)
    clock[0] += 20.0
    assert progress.left == 150.0  # by itself
    progress.reach(0.1)  # a tenth took 20 seconds, so it takes 200
    assert progress.left == pytest.approx(180.0 + 70.0)
    clock[0] += 10.0
    progress.begin(ASSIGNING)
    assert progress.left == pytest.approx(70.0)
    progress.begin(DRAWING)
    assert progress.left == pytest.approx(60.0)
    progress.begin(ASSIGNING)
    progress.reach(1.0)
    assert progress.left == 0.0


def test_the_time_left_is_never_less_than_none(clock: list[float]) -> None:
    progress = Progress(shown(terminal=False)[0], seconds=5.0)
    clock[0] += 60.0
    assert progress.left == 0.0


def test_a_terminal_has_one_bar_with_the_stage_and_lines_above_it() -> None:
    console, out = shown(terminal=True)
    with Progress(console, seconds=600.0) as progress:
        progress.plan(STAGES)
        progress.begin(CLASSES)
        progress.say("images        100 in [photos]")
        progress.begin(DRAWING)
    text = out.getvalue()
    assert "images        100 in [photos]" in text
    assert CLASSES in text
    assert DRAWING in text
    assert "2:50" in text
    assert "left for all" in text


def test_elsewhere_there_is_a_line_a_stage() -> None:
    console, out = shown(terminal=False)
    with Progress(console, seconds=600.0) as progress:
        progress.plan(STAGES)
        for name in (CLASSES, ASSIGNING):
            progress.begin(name)
            progress.reach(0.01)
    assert out.getvalue().splitlines() == [
        "finding classes about 2:50 left for all",
        "assigning       about 1:10 left for all",
    ]


def test_a_time_is_said_in_minutes_and_seconds() -> None:
    assert [said(seconds) for seconds in (0.4, 59.6, 425.0, 3600.0)] == ["0:00", "1:00", "7:05", "60:00"]
