"""`run_recipe`: two steps of any recipe, every loss at work, and no judge trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core import GanlabError
from ganlab_core.evaluation.judge import obtain as judge
from ganlab_core.testing import run_recipe


@pytest.fixture(autouse=True)
def _no_judge_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise AssertionError("a judge is trained")

    monkeypatch.setattr(judge, "train_classifier", refuse)


def last_line(run: Path) -> dict[str, Any]:
    line: dict[str, Any] = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    return line


def test_a_mapping_a_file_and_a_name_train_for_two_steps(tiny: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(tiny))
    for recipe in (tiny, path, "core/default"):
        assert last_line(run_recipe(recipe).folder)["step"] == 2


def test_overrides_and_steps_have_the_last_word(tiny: dict[str, Any]) -> None:
    result = run_recipe(tiny, steps=3, overrides=["batch_size=6", "losses.adversarial.starts=2"])
    frozen = yaml.safe_load((result.folder / "recipe.yaml").read_text())
    assert (frozen["steps"], frozen["batch_size"], frozen["losses"]["adversarial"]["starts"]) == (3, 6, 2)


def test_an_error_of_the_recipe_is_the_trainings_own(tiny: dict[str, Any]) -> None:
    with pytest.raises(GanlabError, match="did you mean 'nonsaturating'"):
        run_recipe(tiny, overrides=["losses.adversarial.use=nonsatrating"])
