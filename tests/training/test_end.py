"""The end of a run, and what is evaluated and drawn on its way: whatever fails there costs no step that was trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganlab_core import Component, Evaluation, hookimpl
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.events import CheckpointSaved
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.untold import Untold, note_untold, read_untold
from ganlab_core.training.run import resume, train

Figures = Callable[[Evaluation], dict[str, Any]]


class Measured:
    """A metric that a test puts its own figures in."""

    figures: Figures = staticmethod(lambda evaluation: {})

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        return type(self).figures(evaluation)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """The core's parts, and the metric `measured`, which has no figures yet."""
    found = load_plugins({"GANLAB_PLUGINS": ""})
    component = Component(name="measured", factory=Measured, summary="a test's own")
    found.registries["metric"].add(Entry("metric", component, Giver("tests", "tests", "0")))
    monkeypatch.setattr(Measured, "figures", staticmethod(lambda evaluation: {"one": 1.0}))
    return found


@pytest.fixture
def recipe(tiny: dict[str, Any], plugins: Plugins) -> Recipe:
    """Four steps, no checkpoint but at the end, and the metric."""
    tiny |= {
        "metrics": {"mine": {"use": "measured"}},
        "checkpoint": {"every": 0},
        "samples": {"every": 0, "columns": 3},
    }
    return load_recipe(tiny, plugins=plugins)


def measure(monkeypatch: pytest.MonkeyPatch, figures: Figures) -> None:
    monkeypatch.setattr(Measured, "figures", staticmethod(figures))


def fails(evaluation: Evaluation) -> dict[str, Any]:
    raise ValueError("no luck")


def logged(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "evaluation/seconds"} for line in lines]


def weights(run: Path, number: int) -> dict[str, torch.Tensor]:
    return load_file(run / "checkpoints" / f"{number:08d}" / "weights.safetensors")


def kept(run: Path) -> list[int]:
    return sorted(int(path.name) for path in (run / "checkpoints").iterdir())


def test_the_last_step_is_kept_where_its_evaluation_fails_and_a_resume_evaluates_again(
    recipe: Recipe, plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    train(recipe, run=tmp_path / "whole", plugins=plugins)
    measure(monkeypatch, fails)
    message = r"metrics\.mine: ValueError: no luck.*Checkpoint 4 is kept.*ganlab train --resume .*run.*~metrics\.NAME"
    with pytest.raises(GanlabError, match=message):
        train(recipe, run=run, plugins=plugins)
    assert kept(run) == [4]
    with pytest.raises(GanlabError, match="Checkpoint 4 is kept"):
        resume(run, plugins=plugins)
    measure(monkeypatch, lambda evaluation: {"one": 1.0})
    assert resume(run, plugins=plugins).evaluation["one"] == 1.0
    assert logged(run) == logged(tmp_path / "whole")
    assert not (run / "untold.json").exists()


def test_a_metric_that_fails_can_be_left_out_in_a_fork(
    recipe: Recipe, plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(monkeypatch, fails)
    with pytest.raises(GanlabError):
        train(recipe, run=tmp_path / "run", plugins=plugins)
    fork = resume(tmp_path / "run", fork=tmp_path / "fork", overrides=["~metrics.mine"], plugins=plugins)
    assert [line["step"] for line in logged(fork.folder)] == [1, 2, 3, 4]
    assert (fork.folder / "evaluation.json").is_file()


def test_an_evaluation_that_fails_on_the_way_saves_the_step_though_no_checkpoint_was_due(
    recipe: Recipe, plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = recipe.model_copy(update={"evaluation": recipe.evaluation.model_copy(update={"every": 2})})
    train(often, run=tmp_path / "whole", plugins=plugins)
    measure(monkeypatch, fails)
    with pytest.raises(GanlabError, match="Checkpoint 2 is kept"):
        train(often, run=tmp_path / "run", plugins=plugins)
    measure(monkeypatch, lambda evaluation: {"one": 1.0})
    resume(tmp_path / "run", plugins=plugins)
    assert logged(tmp_path / "run") == logged(tmp_path / "whole")
    whole, parts = weights(tmp_path / "whole", 4), weights(tmp_path / "run", 4)
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


class _Killed(BaseException):
    pass


def test_a_step_that_was_saved_when_the_process_was_killed_is_told_at_the_resume(
    recipe: Recipe, plugins: Plugins, tmp_path: Path
) -> None:
    class Kill:
        @hookimpl
        def ganlab_checkpoint_saved(self, event: CheckpointSaved) -> None:
            raise _Killed

    train(recipe, run=tmp_path / "whole", plugins=plugins)
    with pytest.raises(_Killed):
        train(recipe, run=tmp_path / "run", plugins=plugins, observers=[Kill()])
    assert [line["step"] for line in logged(tmp_path / "run")] == [1, 2, 3]
    resume(tmp_path / "run", plugins=plugins)
    assert logged(tmp_path / "run") == logged(tmp_path / "whole")
    assert (tmp_path / "run/samples/00000004.png").is_file()


def test_a_metric_that_draws_from_the_global_generators_changes_no_run(
    recipe: Recipe, plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draws(evaluation: Evaluation) -> dict[str, Any]:
        return {"one": torch.rand(()).item(), "two": float(np.random.random())}

    often = recipe.model_copy(update={"evaluation": recipe.evaluation.model_copy(update={"every": 1})})
    train(recipe, run=tmp_path / "once", plugins=plugins)
    measure(monkeypatch, draws)
    train(often, run=tmp_path / "often", plugins=plugins)
    once, always = (load_state(tmp_path / name) for name in ("once", "often"))
    assert once == always


def load_state(run: Path) -> Any:
    return json.loads((run / "checkpoints/00000004/state.json").read_text())["random"]


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        (lambda evaluation: {"one": torch.zeros(2)}, r"metrics\.mine: it gives what JSON cannot hold"),
        (lambda evaluation: [1.0], r"metrics\.mine: it gives a list, not figures by name"),
    ],
)
def test_figures_that_are_none_are_a_message_that_names_the_metric(
    recipe: Recipe, plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: Figures, message: str
) -> None:
    measure(monkeypatch, figures)
    with pytest.raises(GanlabError, match=message):
        train(recipe, run=tmp_path / "run", plugins=plugins)
    assert kept(tmp_path / "run") == [4]


def test_a_metric_is_asked_before_the_first_step_and_the_folder_is_not_made(
    recipe: Recipe, plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def require(self: Measured, evaluation: Evaluation) -> None:
        raise GanlabError(f"{len(evaluation.data)} images are too few")

    monkeypatch.setattr(Measured, "require", require, raising=False)
    with pytest.raises(GanlabError, match=r"metrics\.mine: \d+ images are too few"):
        train(recipe, run=tmp_path / "run", plugins=plugins)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("broken", ["save_png", "sample_grid"])
def test_a_picture_that_cannot_be_made_is_a_warning_with_the_reason(
    recipe: Recipe,
    plugins: Plugins,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    def too_wide(*_: object, **__: object) -> None:
        raise ValueError("too wide")

    monkeypatch.setattr(f"ganlab_core.training.grids.{broken}", too_wide)
    train(recipe, run=tmp_path / "run", plugins=plugins)
    assert "00000004.png could not be made, and is left out: too wide" in caplog.text
    assert list((tmp_path / "run/samples").iterdir()) == []


def test_charts_are_drawn_whatever_matplotlib_was_told(
    tiny: dict[str, Any], plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tiny["prior"]["code"] = {"use": "categorical", "classes": 3}
    with mpl.rc_context({"text.usetex": True, "font.family": "no such font", "figure.dpi": 1e9}):
        train(load_recipe(tiny, plugins=plugins), run=tmp_path / "run", plugins=plugins)
        assert mpl.rcParams["text.usetex"]
    assert "could not be made" not in caplog.text


def test_what_was_not_told_is_of_its_own_step_alone(tmp_path: Path) -> None:
    note_untold(tmp_path / "untold.json", 3, {"loss": 0.1})
    assert read_untold(tmp_path / "untold.json", 3) == Untold(3, {"loss": 0.1})
    assert read_untold(tmp_path / "untold.json", 4) is None
    assert read_untold(tmp_path / "none.json", 3) is None
