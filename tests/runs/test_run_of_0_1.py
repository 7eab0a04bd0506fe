"""A run folder that ganlab 0.1.0 made, before its modules moved, is gone on with, measured, shown and handed on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ganlab_core import load_run
from ganlab_core.testing.fixtures import Ganlab
from tests.conftest import REPOSITORY

MADE = REPOSITORY / "tests" / "runs" / "made_with_0_1"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The run, in a folder that may be written."""
    return Path(shutil.copytree(MADE, tmp_path / "run"))


@pytest.mark.slow
def test_it_is_resumed(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("train", "--resume", run, "--steps", 8)
    assert outcome.code == 0, outcome.err
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, 9))
    assert (run / "checkpoints" / "00000008").is_dir()


def test_it_is_evaluated_as_it_was(ganlab: Ganlab, run: Path) -> None:
    before = json.loads((run / "evaluation.json").read_text())
    outcome = ganlab("evaluate", run, "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    assert list(found) == list(before)
    assert found["learned_prior"] == pytest.approx(before["learned_prior"])
    assert found["prior_rmse"] == pytest.approx(before["prior_rmse"], abs=0.02)
    assert found["real_acc"] == pytest.approx(before["real_acc"], abs=0.02)


def test_it_is_reported_with_what_its_codes_were_matched_to(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("report", run, "--out", "report.html")
    assert outcome.code == 0, outcome.err
    page = Path("report.html").read_text(encoding="utf-8")
    assert "elastic" in page
    assert "the labels of the real images" in page


def test_it_is_exported(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("export", run, "--out", "model")
    assert outcome.code == 0, outcome.err
    assert "| 0.100" in Path("model/README.md").read_text(encoding="utf-8")


def test_it_is_drawn_from_examined_and_compared(ganlab: Ganlab, run: Path) -> None:
    assert load_run(run).sample(3, code=2).shape == (3, 1, 8, 8)
    doctor = ganlab("doctor", run)
    assert doctor.code == 0, doctor.out
    compared = ganlab("compare", run, run)
    assert compared.code == 0, compared.err
