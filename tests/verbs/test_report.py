"""`ganlab report` through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core.testing.fixtures import Ganlab

pytestmark = pytest.mark.bare


@pytest.fixture
def run(ganlab: Ganlab, tiny_file: Path) -> str:
    """A finished run."""
    trained = ganlab("train", tiny_file, "--steps", 2, "--run", "run")
    assert trained.code == 0, trained.err
    return "run"


def test_a_report_lies_in_the_run_or_where_it_is_asked_for(ganlab: Ganlab, run: str) -> None:
    written = ganlab("report", run)
    assert (written.code, written.out) == (0, "run/report.html\n"), written.err
    assert Path("run/report.html").read_text().startswith("<!doctype html>")
    elsewhere = ganlab("report", run, run, "--out", "new/both.html")
    assert (elsewhere.code, elsewhere.out) == (0, "new/both.html\n"), elsewhere.err
    page = Path("new/both.html").read_text()
    assert "run (1)" in page
    assert "run (2)" in page
    assert page.count("<p>No difference.</p>") == 3


def test_what_is_no_run_or_has_no_checkpoint_is_one_line(ganlab: Ganlab, run: str) -> None:
    outcome = ganlab("report", "nowhere")
    assert outcome.code == 1
    assert outcome.err.startswith("error: nowhere holds no run")
    Path(run, "checkpoints").rename("elsewhere")
    unsaved = ganlab("report", run)
    assert unsaved.code == 1
    assert unsaved.err == "error: run has no checkpoint yet; go on with it: `ganlab train --resume run`\n"
    assert not Path("run/report.html").exists()


def test_the_help_has_an_example(ganlab: Ganlab) -> None:
    shown = ganlab("report", "--help")
    assert "ganlab report runs/* --out report.html" in " ".join(shown.out.split())
    assert ganlab("report").code == 2


def test_a_place_that_cannot_be_written_is_one_line(ganlab: Ganlab, run: str) -> None:
    Path("file").write_text("")
    outcome = ganlab("report", run, "--out", "file/report.html")
    assert outcome.code == 1
    assert outcome.err.startswith("error: file/report.html cannot be written: ")
    assert "Traceback" not in outcome.err
