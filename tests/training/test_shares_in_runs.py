"""What is a share of the run becomes a step when the run begins, and stays that step however the run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from ganlab_core import GanlabError, Recipe, load_recipe, load_run, resume, train
from ganlab_core.plugins import Plugins

LAYER = {"networks": {"trunk": {"norm": "layer"}}}
LATE = LAYER | {"losses": {"penalty": {"use": "r1", "starts": "50 %"}}}


@pytest.fixture
def late(tiny: dict[str, Any], core_plugins: Plugins) -> Recipe:
    """Four steps, the last two with a penalty."""
    return load_recipe(tiny, LATE, plugins=core_plugins)


def frozen(run: Path) -> dict[str, Any]:
    recipe: dict[str, Any] = yaml.safe_load((run / "recipe.yaml").read_text())
    return recipe


def penalised(run: Path) -> list[int]:
    """The steps that had the penalty."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["step"] for line in lines if "loss/discriminator/penalty" in line]


def require_equal(one: Path, other: Path, *, number: int) -> None:
    files = [run / "checkpoints" / f"{number:08d}" / "weights.safetensors" for run in (one, other)]
    weights, others = map(load_file, files)
    assert all(torch.equal(value, others[name]) for name, value in weights.items())


def test_a_run_folder_holds_steps(late: Recipe, core_plugins: Plugins, tmp_path: Path) -> None:
    train(late, run=tmp_path / "run", plugins=core_plugins)
    assert frozen(tmp_path / "run")["losses"]["penalty"]["starts"] == 2
    assert penalised(tmp_path / "run") == [3, 4]


def test_a_run_that_is_extended_goes_on_bit_for_bit_as_its_steps_say(
    late: Recipe, tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    train(late, run=tmp_path / "extended", plugins=core_plugins)
    resume(tmp_path / "extended", steps=8, plugins=core_plugins)
    whole = load_recipe(
        tiny, LAYER | {"losses": {"penalty": {"use": "r1", "starts": 2}}}, {"steps": 8}, plugins=core_plugins
    )
    train(whole, run=tmp_path / "whole", plugins=core_plugins)
    assert penalised(tmp_path / "extended") == [3, 4, 5, 6, 7, 8]
    assert frozen(tmp_path / "extended") == frozen(tmp_path / "whole")
    require_equal(tmp_path / "extended", tmp_path / "whole", number=8)


def test_a_fork_keeps_the_steps_unless_it_is_given_a_share_of_its_own(
    late: Recipe, core_plugins: Plugins, tmp_path: Path
) -> None:
    train(late, run=tmp_path / "run", plugins=core_plugins)
    resume(tmp_path / "run", steps=6, fork=tmp_path / "longer", plugins=core_plugins)
    assert penalised(tmp_path / "longer") == [3, 4, 5, 6]
    overrides = ["steps=10", "losses.penalty.starts=70 %"]
    resume(tmp_path / "run", overrides=overrides, fork=tmp_path / "later", plugins=core_plugins)
    assert frozen(tmp_path / "later")["losses"]["penalty"]["starts"] == 7
    assert penalised(tmp_path / "later") == [3, 4, 8, 9, 10]


def test_a_run_of_epochs_begins_with_steps_and_goes_on_by_the_same_command(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    small = {"dataset": {"imbalance": {"ratio": None, "counts": [5] * 10}}, "steps": "1 epoch"}
    recipe = load_recipe(tiny, small, LATE, plugins=core_plugins)
    train(recipe, run=tmp_path / "run", plugins=core_plugins)
    assert (frozen(tmp_path / "run")["steps"], frozen(tmp_path / "run")["losses"]["penalty"]["starts"]) == (6, 3)
    assert load_run(tmp_path / "run", plugins=core_plugins).number == 6
    train(recipe, run=tmp_path / "run", or_resume=True, plugins=core_plugins)
    resume(tmp_path / "run", overrides=["steps=2 epochs"], plugins=core_plugins)
    assert (frozen(tmp_path / "run")["steps"], frozen(tmp_path / "run")["losses"]["penalty"]["starts"]) == (12, 3)


def test_one_command_extends_a_run_which_keeps_its_steps_and_says_so(
    late: Recipe, tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = tmp_path / "run"
    train(late, run=run, plugins=core_plugins)
    train(late, run=run, or_resume=True, plugins=core_plugins)
    assert not caplog.messages
    longer = load_recipe(tiny, LATE, {"steps": 6}, plugins=core_plugins)
    for _ in range(2):
        train(longer, run=run, or_resume=True, plugins=core_plugins)
        said = "losses.penalty.starts: 2 stays, as the run began; of 6 steps it would be 3"
        assert caplog.messages == [said]
        caplog.clear()
    assert penalised(run) == [3, 4, 5, 6]
    assert frozen(run)["losses"]["penalty"]["starts"] == 2


def test_one_command_does_not_change_a_step_that_is_no_share(
    late: Recipe, tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    train(late, run=tmp_path / "run", plugins=core_plugins)
    for changed in ({"starts": 3}, {"ends": "90 %"}):
        other = load_recipe(tiny, LATE, {"losses": {"penalty": changed}}, plugins=core_plugins)
        with pytest.raises(GanlabError, match=r"another recipe:\n  losses\.penalty\.(starts: 2|ends: None) -> 3"):
            train(other, run=tmp_path / "run", or_resume=True, plugins=core_plugins)


def test_one_command_with_so_few_steps_that_a_loss_would_never_count_is_refused_and_changes_nothing(
    late: Recipe, tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    train(late, run=run, plugins=core_plugins)
    before = (run / "recipe.yaml").read_text()
    shorter = load_recipe(tiny, LATE, {"steps": 2}, plugins=core_plugins)
    with pytest.raises(GanlabError, match=r"losses\.penalty\.starts: starts at step 2, but the run has 2 steps"):
        train(shorter, run=run, or_resume=True, plugins=core_plugins)
    assert (run / "recipe.yaml").read_text() == before
