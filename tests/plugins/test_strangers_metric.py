"""A metric that nobody at ganlab has heard of: its proportions are shown wherever those of a shipped one are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core.testing.fixtures import Ganlab
from tests.plugins.conftest import PREAMBLE, Install

STRANGER = """
from ganlab_core import Proportions

class Guess:
    'Says that categories are as they are wished to be.'
    def __call__(self, evaluation):
        true = evaluation.true_prior
        matched = (2, None, 0)
        return {"first": 1.5, "guessed": Proportions((0.25, 0.65, 0.1), true, matched), "last": 2.5}

@hookimpl
def ganlab_metrics():
    yield Component(name="guess", factory=Guess, headline="first")
"""
KEYS = ["diversity", "first", "learned_prior", "true_prior", "matched_classes", "last", "judge_accuracy", "seconds"]


@pytest.fixture
def stranger(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """The distribution, the only one beside the core."""
    install("stranger", STRANGER)
    monkeypatch.setenv("GANLAB_PLUGINS", "stranger")


@pytest.fixture
def recipe(tiny: dict[str, Any]) -> dict[str, Any]:
    """No head that could read codes, so that what is known of classes is what the metric says."""
    tiny["metrics"] = {"mine": {"use": "guess"}}
    tiny["evaluation"] = {"every": 2}
    return tiny


def trained(ganlab: Ganlab, recipe: dict[str, Any]) -> str:
    """What `ganlab train` prints; the run is `run`."""
    Path("mine.yaml").write_text(yaml.safe_dump(recipe))
    outcome = ganlab("train", "mine.yaml", "--run", "run")
    assert outcome.code == 0, outcome.err
    return outcome.out


def true_shares() -> list[float]:
    found: list[float] = json.loads(Path("run/evaluation.json").read_text())["true_prior"]
    return found


def table(printed: str) -> list[list[str]]:
    """The cells of the table of proportions."""
    rows = [line.split("│")[1:-1] for line in printed.splitlines() if line.strip().startswith("│")]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.usefixtures("stranger")
def test_its_proportions_are_seen_in_the_summary_the_picture_the_card_and_the_report(
    ganlab: Ganlab, recipe: dict[str, Any]
) -> None:
    recipe["prior"]["code"] = {"use": "categorical", "classes": 3, "probabilities": [0.2, 0.5, 0.3]}
    printed = trained(ganlab, recipe)
    assert list(json.loads(Path("run/evaluation.json").read_text())) == KEYS
    true = true_shares()
    rows = [["0", "0.250", "2", f"{true[2]:.3f}"], ["1", "0.650", "", ""], ["2", "0.100", "0", f"{true[0]:.3f}"]]
    assert table(printed) == rows
    assert table(ganlab("evaluate", "run").out) == rows
    assert "proportions   run/proportions.png" in printed
    assert Path("run/proportions.png").read_bytes().startswith(b"\x89PNG")

    assert ganlab("export", "run", "--out", "out").code == 0
    card = Path("out/README.md").read_text(encoding="utf-8")
    assert "| category of `code` | learned | class | true |" in card
    assert f"| 0 | 0.200 | 2 | {true[2]:.3f} |\n| 1 | 0.500 |  |  |\n| 2 | 0.300 | 0 | {true[0]:.3f} |" in card

    assert ganlab("report", "run").code == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "Classes are matched to codes, one to one, by the run&#39;s last evaluation." in page
    assert "<strong>2 (code 0)</strong>" in page
    assert f"0 (code 2) learned 0.300, true {true[0]:.3f}" in page
    assert f"1 (no code) learned 0.000, true {true[1]:.3f}" in page


@pytest.mark.usefixtures("stranger")
def test_of_a_model_without_a_class_code_they_are_seen_as_well(ganlab: Ganlab, recipe: dict[str, Any]) -> None:
    printed, true = trained(ganlab, recipe), true_shares()
    assert table(printed)[0] == ["0", "0.250", "2", f"{true[2]:.3f}"]
    assert Path("run/proportions.png").exists()
    assert ganlab("export", "run", "--out", "out").code == 0
    card = Path("out/README.md").read_text(encoding="utf-8")
    assert f"| category | learned | class | true |\n|---:|---:|---|---:|\n| 0 | 0.250 | 2 | {true[2]:.3f} |" in card
    assert ganlab("report", "run").code == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "<h3>Proportions</h3>" in page
    assert f"2 learned 0.250, true {true[2]:.3f}; category 1 learned 0.650, true 0.000;" in page


def test_a_matching_in_which_codes_share_a_class_is_not_called_one_to_one(
    ganlab: Ganlab, recipe: dict[str, Any], install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("stranger", STRANGER.replace("(2, None, 0)", "(2, 0, 0)"))
    monkeypatch.setenv("GANLAB_PLUGINS", "stranger")
    recipe["prior"]["code"] = {"use": "categorical", "classes": 3}
    trained(ganlab, recipe)
    assert ganlab("report", "run").code == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert "Classes are matched to codes, by the run&#39;s last evaluation." in page


@pytest.mark.slow
def test_its_headline_is_what_a_benchmark_draws_over_the_steps(ganlab: Ganlab, recipe: dict[str, Any]) -> None:
    Path("mine.yaml").write_text(yaml.safe_dump(recipe))
    Path("stranger.py").write_text(PREAMBLE + STRANGER)
    outcome = ganlab("benchmark", "mine.yaml", "--out", "out", "--plugin", "stranger.py")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[-1] == "out/first.png"
    assert Path("out/first.png").read_bytes().startswith(b"\x89PNG")
