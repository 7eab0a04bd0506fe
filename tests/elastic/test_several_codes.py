"""Priors of several codes train with either recognition head, one information loss for all codes or one for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError, load_recipe, train

PRIORS: dict[str, dict[str, dict[str, Any]]] = {
    "two categorical": {"code": {"use": "categorical", "classes": 4}, "stroke": {"use": "categorical", "classes": 3}},
    "elastic first": {"code": {"use": "elastic", "classes": 4}, "stroke": {"use": "categorical", "classes": 3}},
    "categorical first": {"code": {"use": "categorical", "classes": 4}, "stroke": {"use": "elastic", "classes": 3}},
    "two elastic": {"code": {"use": "elastic", "classes": 4}, "stroke": {"use": "elastic", "classes": 3}},
    "one number": {"code": {"use": "elastic", "classes": 4}, "style": {"use": "uniform", "dim": 1}},
    "two numbers": {"code": {"use": "elastic", "classes": 4}, "style": {"use": "uniform", "dim": 2}},
    "one of each": {
        "code": {"use": "elastic", "classes": 4},
        "stroke": {"use": "categorical", "classes": 3},
        "slant": {"use": "uniform", "variance": "fixed"},
        "size": {"use": "uniform", "dim": 2, "low": 0.0, "high": 3.0},
    },
}
HEADS: dict[str, dict[str, Any]] = {
    "recognition": {"use": "recognition", "hidden": 8},
    "over-clustering": {"use": "over-clustering", "hidden": 8, "subcodes": 6, "heads": 2},
}


@pytest.fixture
def short(tiny: dict[str, Any]) -> dict[str, Any]:
    """The tiny recipe, two steps, with a figure of the class code that needs no judge."""
    return {**tiny, "steps": 2, "metrics": {"used": {"use": "codes-used"}}, "samples": {"every": 0, "columns": 2}}


def one_loss(codes: dict[str, Any]) -> dict[str, Any]:
    """Mutual information on all codes at once."""
    return {"information": {"use": "mutual-information"}}


def a_loss_each(codes: dict[str, Any]) -> dict[str, Any]:
    """Mutual information on each code, of different weight."""
    return {
        f"information-{code}": {"use": "mutual-information", "codes": [code], "weight": 0.1 * index}
        for index, code in enumerate(codes, start=1)
    }


def last_line(run: Path) -> dict[str, float]:
    """The last step's scalars."""
    line: dict[str, float] = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    return line


@pytest.mark.parametrize(
    ("head", "losses"), [("recognition", one_loss), ("over-clustering", a_loss_each)], ids=["recognition", "clusters"]
)
@pytest.mark.parametrize("prior", PRIORS)
def test_every_code_is_read_back(short: dict[str, Any], tmp_path: Path, prior: str, head: str, losses: Any) -> None:
    codes = PRIORS[prior]
    short["prior"] |= codes
    short["networks"]["recognition"] = HEADS[head]
    short["losses"] |= losses(codes)
    result = train(load_recipe(short), run=tmp_path / "run")
    assert result.evaluation["codes_used"] == 4
    terms = [key.split("/") for key in last_line(tmp_path / "run") if key.startswith("loss/generator/information")]
    assert {term[3] for term in terms if len(term) == 4} == set(codes)


def test_each_elastic_code_can_be_matched_to_what_is_seen_in_real_images(short: dict[str, Any], tmp_path: Path) -> None:
    short["prior"] |= PRIORS["two elastic"]
    short["networks"]["recognition"] = HEADS["over-clustering"]
    short["losses"] |= one_loss(PRIORS["two elastic"])
    short["losses"] |= {
        f"matching-{code}": {"use": "prior-matching", "code": code, "over": "data", "every": 1}
        for code in ("code", "stroke")
    }
    train(load_recipe(short), run=tmp_path / "run")
    line = last_line(tmp_path / "run")
    assert line["loss/generator/matching-code"] == pytest.approx(0.0, abs=1e-6)  # clusters are not merged yet
    assert line["loss/generator/matching-stroke"] > 1e-6


def test_a_code_that_no_loss_reads_back_is_found_before_the_first_step(short: dict[str, Any], tmp_path: Path) -> None:
    short["prior"] |= PRIORS["two numbers"]
    short["networks"]["recognition"] = HEADS["over-clustering"]
    short["losses"]["information"] = {"use": "mutual-information", "codes": ["code"]}
    with pytest.raises(GanlabError, match=r"no loss gives a gradient to recognition\.others\.style\.0\.weight"):
        train(load_recipe(short), run=tmp_path / "run")
