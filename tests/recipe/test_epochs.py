"""A recipe may count in epochs; the run that it becomes counts in steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError, load_recipe, load_run, train
from ganlab_core.recipe.epochs import in_steps


def test_an_epoch_has_as_many_steps_as_full_batches(tiny: dict[str, Any]) -> None:
    recipe = load_recipe(tiny | {"steps": "3 epochs", "batch_size": 10})
    assert in_steps(recipe, dataset_size=109).steps == 30
    assert in_steps(recipe, dataset_size=110).steps == 33
    assert in_steps(recipe, dataset_size=5).steps == 3


def test_a_recipe_in_steps_stays_as_it_is(tiny: dict[str, Any]) -> None:
    recipe = load_recipe(tiny)
    assert in_steps(recipe, dataset_size=10_000) is recipe


def test_a_number_of_steps_above_takes_the_place_of_epochs(tiny: dict[str, Any]) -> None:
    assert load_recipe(tiny | {"steps": "200 epochs"}, overrides=["steps=7"]).total_steps == 7


def test_a_loss_that_would_never_count_is_named_once_the_steps_are_known(tiny: dict[str, Any]) -> None:
    late = {"losses": {"adversarial": {"use": "nonsaturating", "starts": 50}}}
    recipe = load_recipe(tiny | {"steps": "1 epoch"}, late)
    message = r"losses\.adversarial\.starts: with steps: 1 epoch of 80 images it starts at step 50, but the run has 10"
    with pytest.raises(GanlabError, match=message):
        in_steps(recipe, dataset_size=80)


def test_a_run_of_one_epoch_is_kept_as_steps(tiny: dict[str, Any], tmp_path: Path) -> None:
    small = {"dataset": {"imbalance": {"ratio": None, "counts": [5] * 10}}}
    train(load_recipe(tiny | {"steps": "1 epoch"}, small), run=tmp_path / "run")
    run = load_run(tmp_path / "run")
    assert run.number == 50 // 8
    assert run.recipe.steps == run.number
