"""A loss, gradient or weight that is not finite: found before it is kept; stop, leave out, or go back."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from ganlab_core import Component, GanlabError, StepContext
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.rollbacks import ROLLBACKS
from ganlab_core.training.nonfinite import SKIPS_IN_A_ROW, NonFiniteError
from ganlab_core.training.run import resume, train
from tests.runs.checkpoint_files import optimiser_of


class Faulty:
    """A loss that goes wrong at some steps: its value, only its gradient, or only the norm of that."""

    calls: ClassVar[list[int]] = []

    def __init__(self, *, at: tuple[int, ...], what: str = "loss", times: int = 1000) -> None:
        self._at, self._what, self._times = at, what, times

    def generator(self, step: StepContext) -> Tensor:
        fake_NCHW = step.images("fake")
        if step.number not in self._at or Faulty.calls.count(step.number) >= self._times:
            return fake_NCHW.mean() * 0.0
        Faulty.calls.append(step.number)
        if self._what == "loss":
            return fake_NCHW.mean() * torch.inf
        if self._what == "norm":
            return fake_NCHW.sum() * 1e25
        return (fake_NCHW * 0.0).sqrt().sum()  # finite, and its gradient is not


@pytest.fixture
def plugins() -> Plugins:
    """The core and the faulty loss."""
    Faulty.calls.clear()
    loaded = load_plugins({"GANLAB_PLUGINS": ""})
    component = Component(name="faulty", factory=Faulty, summary="goes wrong")
    loaded.registries["loss"].add(Entry("loss", component, Giver("tests", "tests", "0")))
    return loaded


def faulty(tiny: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    tiny["losses"]["faulty"] = {"use": "faulty", **arguments}
    return tiny


def test_a_gradient_is_caught_before_the_update_with_the_loss_that_it_comes_from(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(faulty(tiny, at=[2], what="gradient"), plugins=plugins)
    with pytest.raises(
        NonFiniteError,
        match=r"step 3, generator's phase: not finite: the gradient of generator\..* through losses\.faulty",
    ):
        train(recipe, run=tmp_path / "run", plugins=plugins)
    weights = load_file(tmp_path / "run" / "checkpoints" / "00000002" / "weights.safetensors")
    assert all(torch.isfinite(value).all() for value in weights.values())


@pytest.mark.parametrize("what", ["loss", "gradient", "norm"])
def test_a_step_is_left_out_and_training_goes_on(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    recipe = load_recipe(faulty(tiny, at=[1], what=what), overrides=["on_nonfinite=skip"], plugins=plugins)
    with caplog.at_level(logging.WARNING):
        train(recipe, run=tmp_path / "run", plugins=plugins)
    assert "step 2, generator's phase: not finite" in caplog.text
    assert "The update is left out" in caplog.text
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert lines[1]["nonfinite/left_out"] == 1.0
    assert "loss/generator" in lines[2]


def test_no_more_than_so_many_steps_in_a_row_are_left_out(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(
        faulty(tiny, at=list(range(1, 49))), overrides=["on_nonfinite=skip", "steps=50"], plugins=plugins
    )
    with pytest.raises(NonFiniteError, match=f"step {SKIPS_IN_A_ROW + 2}, .*{SKIPS_IN_A_ROW} steps in a row were left"):
        train(recipe, run=tmp_path / "run", plugins=plugins)


def test_a_rollback_goes_on_from_the_checkpoint_with_lower_rates_and_logs_no_step_twice(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = tmp_path / "run"
    recipe = load_recipe(faulty(tiny, at=[2], times=1), overrides=["on_nonfinite=rollback"], plugins=plugins)
    with caplog.at_level(logging.WARNING):
        train(recipe, run=run, plugins=plugins)
    assert "Going back to step 2 with learning rates at 0.5 of the recipe's" in caplog.text
    (rollback,) = json.loads((run / "rollbacks.json").read_text())
    assert rollback["to"] == 2
    assert "losses.faulty" in rollback["reason"]
    optimiser = optimiser_of(run / "checkpoints" / "00000004", "generator")
    assert optimiser["groups"][0]["lr"] == pytest.approx(1e-4)
    lines = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert lines == [1, 2, 3, 4]
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("loss/generator")] == [1, 2, 3, 4]


def test_the_lower_rates_outlive_a_resume(tiny: dict[str, Any], plugins: Plugins, tmp_path: Path) -> None:
    run = tmp_path / "run"
    recipe = load_recipe(faulty(tiny, at=[1], times=1), overrides=["on_nonfinite=rollback"], plugins=plugins)
    train(recipe, run=run, plugins=plugins)
    resume(run, steps=5, plugins=plugins)
    optimiser = optimiser_of(run / "checkpoints" / "00000005", "generator")
    assert optimiser["groups"][0]["lr"] == pytest.approx(1e-4)


def test_rollbacks_are_bounded(tiny: dict[str, Any], plugins: Plugins, tmp_path: Path) -> None:
    recipe = load_recipe(faulty(tiny, at=[2]), overrides=["on_nonfinite=rollback"], plugins=plugins)
    with pytest.raises(NonFiniteError, match=f"step 3, .*It was the {ROLLBACKS + 1}th time"):
        train(recipe, run=tmp_path / "run", plugins=plugins)
    assert len(json.loads((tmp_path / "run" / "rollbacks.json").read_text())) == ROLLBACKS


def weights_of(run: Path, number: int) -> bytes:
    return (run / "checkpoints" / f"{number:08d}" / "weights.safetensors").read_bytes()


def checkpoints_of(run: Path) -> list[str]:
    return sorted(folder.name for folder in (run / "checkpoints").iterdir())


@pytest.mark.parametrize("best", [False, True], ids=["every second step", "and the best"])
def test_a_rollback_goes_where_it_would_have_gone_if_nobody_had_stopped_the_run(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path, best: bool
) -> None:
    tiny |= {"on_nonfinite": "rollback", "checkpoint": {"every": 4}}
    if best:
        tiny |= {"metrics": {"diversity": {"use": "diversity", "images": 8}}, "evaluation": {"every": 1}}
        tiny["checkpoint"]["best"] = "diversity"
    recipe = load_recipe(faulty(tiny, at=[6], times=1), overrides=["steps=9"], plugins=plugins)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    train(recipe, run=whole, plugins=plugins)
    Faulty.calls.clear()
    train(recipe, run=stopped, plugins=plugins, pause=lambda done: done == 6)
    resume(stopped, plugins=plugins)
    assert (stopped / "rollbacks.json").read_bytes() == (whole / "rollbacks.json").read_bytes()
    assert weights_of(stopped, 9) == weights_of(whole, 9)
    assert checkpoints_of(stopped) == checkpoints_of(whole)


def test_a_rollback_of_a_run_that_was_stopped_before_its_first_checkpoint_begins_anew(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(
        faulty(tiny, at=[2], times=1), overrides=["on_nonfinite=rollback", "checkpoint.every=4"], plugins=plugins
    )
    train(recipe, run=tmp_path / "run", plugins=plugins, pause=lambda done: done == 1)
    resume(tmp_path / "run", plugins=plugins)
    (rollback,) = json.loads((tmp_path / "run" / "rollbacks.json").read_text())
    assert rollback["to"] == 0


def test_a_rollback_of_a_fork_goes_back_to_where_it_began(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path
) -> None:
    tiny |= {"on_nonfinite": "rollback", "checkpoint": {"every": 4}}
    recipe = load_recipe(faulty(tiny, at=[3], times=1), overrides=["steps=6"], plugins=plugins)
    train(recipe, run=tmp_path / "run", plugins=plugins, pause=lambda done: done == 2)
    resume(tmp_path / "run", fork=tmp_path / "fork", plugins=plugins)
    (rollback,) = json.loads((tmp_path / "fork" / "rollbacks.json").read_text())
    assert rollback["to"] == 2


def test_what_a_rollback_needs_stays_however_often_the_run_is_stopped(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path
) -> None:
    tiny["checkpoint"] = {"every": 3, "keep": 1}
    recipe, run = load_recipe(tiny, overrides=["steps=6"], plugins=plugins), tmp_path / "run"
    train(recipe, run=run, plugins=plugins, pause=lambda done: done == 4)
    resume(run, plugins=plugins, pause=lambda done: done == 5)
    assert checkpoints_of(run) == ["00000003", "00000005"]
    resume(run, plugins=plugins)
    assert checkpoints_of(run) == ["00000006"]


def test_a_resume_goes_on_counting_the_steps_that_were_left_out_in_a_row(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(
        faulty(tiny, at=list(range(1, 49))), overrides=["on_nonfinite=skip", "steps=50"], plugins=plugins
    )
    train(recipe, run=tmp_path / "run", plugins=plugins, pause=lambda done: done == 6)
    with pytest.raises(NonFiniteError, match=f"step {SKIPS_IN_A_ROW + 2}, .*{SKIPS_IN_A_ROW} steps in a row were left"):
        resume(tmp_path / "run", plugins=plugins)


def test_weights_that_overflowed_are_never_saved(tiny: dict[str, Any], plugins: Plugins, tmp_path: Path) -> None:
    tiny["players"] = {"generator": {"optimiser": "sgd", "learning_rate": 1e38, "betas": [0.0, 0.0]}}
    tiny["losses"]["faulty"] = {"use": "faulty", "at": []}
    with pytest.raises(GanlabError, match="not finite"):
        train(load_recipe(tiny, plugins=plugins), run=tmp_path / "run", plugins=plugins)
    for file in (tmp_path / "run" / "checkpoints").glob("*/weights.safetensors"):
        assert all(torch.isfinite(value).all() for value in load_file(file).values())
