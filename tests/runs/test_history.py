"""`metrics.jsonl` has one reader: whatever lies in the file, whole lines of whole steps come out of it."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.events import StepFinished
from ganlab_core.runs.history import History, logged_steps, read_history
from ganlab_core.system.regular_files import MOST_BYTES
from ganlab_core.training.observers.metrics_file import MetricsFile
from tests.runs.events import started
from tests.runs.hostile_files import CONTENTS, NO_FILES

WHOLE = b'{"step": 1, "loss/generator": 0.5, "prior/code": [0.25, 0.75]}\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of one step."""
    (tmp_path / "metrics.jsonl").write_bytes(WHOLE)
    return tmp_path / "metrics.jsonl"


def resume(log: Path, *, first_step: int) -> MetricsFile:
    """What watches a run that goes on."""
    observer = MetricsFile(log)
    event = started(log.parent, first_step=first_step)
    observer.ganlab_run_started(event)
    return observer


@pytest.mark.parametrize("hostile", NO_FILES)
def test_a_log_that_is_no_regular_file_is_one_message(log: Path, hostile: str) -> None:
    log.unlink()
    make, reason = NO_FILES[hostile]
    make(log)
    with pytest.raises(GanlabError, match=rf"metrics\.jsonl is damaged \({reason}.*\); bring it back"):
        list(logged_steps(log))


def test_a_run_that_has_logged_nothing_has_no_history_and_goes_on(tmp_path: Path) -> None:
    assert read_history(tmp_path / "metrics.jsonl") == History({}, {})
    resume(tmp_path / "metrics.jsonl", first_step=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", [content for content, _ in CONTENTS.values()], ids=list(CONTENTS))
def test_a_hostile_line_is_left_out_and_dropped_at_a_resume(log: Path, line: bytes) -> None:
    log.write_bytes(line + b"\n" + WHOLE + line)
    assert [step.number for step in logged_steps(log)] == [1]
    resume(log, first_step=1)
    assert log.read_bytes() == WHOLE


@pytest.mark.parametrize("step", ['"1"', "null", "[1]", "NaN", "Infinity"])
def test_a_line_of_no_step_is_left_out(log: Path, step: str) -> None:
    with log.open("a") as stream:
        stream.write(f'{{"step": {step}, "loss/generator": 0.5}}\n')
    assert read_history(log).scalars["loss/generator"].steps_T.tolist() == [1]


def test_values_that_are_no_numbers_are_no_curve_and_lose_no_line(log: Path) -> None:
    line = b'{"step": 2, "loss/generator": 0.25, "note": "mine", "prior/code": ["a"], "grid": [[1]]}\n'
    log.write_bytes(WHOLE + line)
    history = read_history(log)
    assert history.scalars["loss/generator"].values.tolist() == [0.5, 0.25]
    assert history.vectors["prior/code"].values.tolist() == [[0.25, 0.75]]
    assert history.scalars.keys() | history.vectors.keys() == {"loss/generator", "prior/code"}
    resume(log, first_step=2)
    assert log.read_bytes() == WHOLE + line


def test_a_gigabyte_without_a_line_costs_little_memory(log: Path) -> None:
    with log.open("r+b") as stream:
        stream.truncate(1 << 30)
        stream.seek(0, 2)
        stream.write(b"\n" + WHOLE)
    tracemalloc.start()
    try:
        resume(log, first_step=1)
        assert tracemalloc.get_traced_memory()[1] < 8 * MOST_BYTES
    finally:
        tracemalloc.stop()
    assert log.read_bytes() == 2 * WHOLE


def test_a_step_logged_after_a_line_without_its_end_is_a_line_of_its_own(log: Path) -> None:
    log.write_bytes(WHOLE.rstrip())
    event = StepFinished(folder=log.parent, number=2, steps=9, scalars={"loss/generator": 0.25}, vectors={}, images={})
    resume(log, first_step=1).ganlab_step_finished(event)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [1, 2]
