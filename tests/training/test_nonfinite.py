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


def test_weights_that_overflowed_are_never_saved(tiny: dict[str, Any], plugins: Plugins, tmp_path: Path) -> None:
    tiny["players"] = {"generator": {"optimiser": "sgd", "learning_rate": 1e38, "betas": [0.0, 0.0]}}
    tiny["losses"]["faulty"] = {"use": "faulty", "at": []}
    with pytest.raises(GanlabError, match="not finite"):
        train(load_recipe(tiny, plugins=plugins), run=tmp_path / "run", plugins=plugins)
    for file in (tmp_path / "run" / "checkpoints").glob("*/weights.safetensors"):
        assert all(torch.isfinite(value).all() for value in load_file(file).values())
