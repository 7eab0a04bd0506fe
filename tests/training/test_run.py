"""Whole runs: what lies in the folder, resuming, locks, signals, and the messages of what goes wrong."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from matplotlib.figure import Figure
from PIL import Image
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganlab_core import hookimpl
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.system.signals import Interrupted, raised_stops
from ganlab_core.training.run import resume, train


@pytest.fixture
def recipe(tiny: dict[str, Any], core_plugins: Plugins) -> Recipe:
    """The tiny recipe, checked."""
    return load_recipe(tiny, plugins=core_plugins)


def weights(run: Path, number: int) -> dict[str, torch.Tensor]:
    """All weights of a checkpoint."""
    return load_file(run / "checkpoints" / f"{number:08d}" / "weights.safetensors")


def logged(run: Path) -> list[dict[str, Any]]:
    """The lines of `metrics.jsonl`."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def trained(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines without the evaluation that the end of a run adds to its last step."""
    return [{key: line[key] for key in line if not key.startswith(("evaluation/", "health/"))} for line in lines]


def test_a_run_folder_holds_recipe_environment_metrics_events_grids_and_checkpoints(
    recipe: Recipe, core_plugins: Plugins, tmp_path: Path
) -> None:
    result = train(recipe, run=tmp_path / "run", plugins=core_plugins)
    assert result.folder == tmp_path / "run"
    assert yaml.safe_load((result.folder / "recipe.yaml").read_text())["batch_size"] == 8
    libraries = json.loads((result.folder / "environment.json").read_text())["libraries"]
    assert torch.__version__.startswith(libraries["torch"])
    assert json.loads((result.folder / "data.json").read_text())["image_shape"] == [1, 16, 16]
    assert [line["step"] for line in logged(result.folder)] == [1, 2, 3, 4]
    assert sorted(path.name for path in (result.folder / "checkpoints").iterdir()) == ["00000002", "00000004"]
    with Image.open(result.folder / "samples" / "00000004.png") as grid:
        assert grid.width == 3 * 50 + 2  # three columns of 48 pixels, two between them


def test_tensorboard_holds_every_loss_the_gradient_norms_grids_and_the_recipe(
    recipe: Recipe, core_plugins: Plugins, tmp_path: Path
) -> None:
    train(recipe, run=tmp_path / "run", plugins=core_plugins)
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    tags = events.Tags()
    assert {
        "loss/discriminator",
        "loss/discriminator/adversarial",
        "loss/generator/adversarial",
        "gradient_norm/discriminator",
        "gradient_norm/generator",
    } <= set(tags["scalars"])
    assert [event.step for event in events.Scalars("loss/generator")] == [1, 2, 3, 4]
    assert tags["images"] == ["samples"]
    assert set(tags["tensors"]) == {"recipe/text_summary", "custom_scalars__config__"}


@pytest.fixture
def several_codes(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run with a class code, another categorical code and a continuous one."""
    tiny["prior"] |= {
        "code": {"use": "categorical", "classes": 3},
        "stroke": {"use": "categorical", "classes": 2},
        "style": {"use": "uniform", "dim": 2},
    }
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


def test_a_due_grid_comes_with_a_traversal_of_each_further_code(several_codes: Path) -> None:
    names = ("-stroke", "-style.0", "-style.1", "")
    files = [path.name for path in sorted((several_codes / "samples").iterdir())]
    assert files == [f"{step:08d}{name}.png" for step in (2, 4) for name in names]
    events = EventAccumulator(str(several_codes / "tensorboard"))
    events.Reload()
    tags = {"samples", "traversal/stroke", "traversal/style.0", "traversal/style.1"}
    assert tags <= set(events.Tags()["images"])
    assert [event.step for event in events.Images("traversal/style.0")] == [2, 4]


def test_the_true_proportions_are_drawn_beside_the_class_code_alone(
    several_codes: Path, core_plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[int, tuple[float, ...] | None]] = []

    def bars(learned_K: torch.Tensor, true: tuple[float, ...] | None) -> Figure:
        drawn.append((len(learned_K), true))
        return Figure()

    monkeypatch.setattr("ganlab_core.training.observers.tensorboard._by_size", bars)
    resume(several_codes, steps=5, plugins=core_plugins)
    (classes, true), stroke = drawn
    assert classes == 3
    assert true is not None
    assert sum(true) == pytest.approx(1.0)
    assert stroke == (2, None)


@pytest.mark.parametrize("split", [1, 2, 3])
def test_a_resumed_run_equals_one_that_was_not_interrupted(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, split: int
) -> None:
    tiny["checkpoint"] = {"every": 1}
    train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "whole", plugins=core_plugins)
    first = load_recipe(tiny, overrides=[f"steps={split}"], plugins=core_plugins)
    train(first, run=tmp_path / "parts", plugins=core_plugins)
    resume(tmp_path / "parts", steps=4, plugins=core_plugins)
    whole, parts = weights(tmp_path / "whole", 4), weights(tmp_path / "parts", 4)
    assert whole.keys() == parts.keys()
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
    assert trained(logged(tmp_path / "whole")) == trained(logged(tmp_path / "parts"))


@pytest.mark.parametrize("split", [1, 2, 3])
def test_a_run_that_paused_equals_one_that_did_not(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, split: int
) -> None:
    recipe = load_recipe(tiny, plugins=core_plugins)
    train(recipe, run=tmp_path / "whole", plugins=core_plugins)
    paused = train(recipe, run=tmp_path / "parts", pause=lambda done: done == split, plugins=core_plugins)
    assert paused.evaluation == {}
    assert not (tmp_path / "parts/evaluation.json").exists()
    assert (tmp_path / "parts/recipe.yaml").read_text() == (tmp_path / "whole/recipe.yaml").read_text()
    assert max(folder.name for folder in (tmp_path / "parts/checkpoints").iterdir()) == f"{split:08d}"
    resume(tmp_path / "parts", pause=lambda done: done == 4, plugins=core_plugins)  # no pause: it is the last step
    whole, parts = weights(tmp_path / "whole", 4), weights(tmp_path / "parts", 4)
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
    assert (tmp_path / "parts/evaluation.json").is_file()


def test_what_no_step_has_used_may_change_where_the_caller_says_so(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    late, early = ([f"losses.adversarial.starts={step}"] for step in (3, 2))
    tiny["losses"]["other"] = {"use": "least-squares"}
    train(load_recipe(tiny, overrides=early, plugins=core_plugins), run=tmp_path / "whole", plugins=core_plugins)
    recipe = load_recipe(tiny, overrides=late, plugins=core_plugins)
    train(recipe, run=tmp_path / "parts", pause=lambda done: done == 2, plugins=core_plugins)
    with pytest.raises(GanlabError, match=r"losses\.adversarial\.starts: 3 -> 2"):
        resume(tmp_path / "parts", overrides=early, plugins=core_plugins)
    resume(tmp_path / "parts", overrides=early, unused=["losses.adversarial.starts"], plugins=core_plugins)
    whole, parts = weights(tmp_path / "whole", 4), weights(tmp_path / "parts", 4)
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
    assert (tmp_path / "parts/recipe.yaml").read_text() == (tmp_path / "whole/recipe.yaml").read_text()


def test_a_run_that_goes_on_may_be_told_to_end(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> None:
    recipe = load_recipe(tiny, plugins=core_plugins)
    train(recipe, run=tmp_path / "run", pause=lambda done: done == 1, plugins=core_plugins)
    resume(tmp_path / "run", is_over=lambda done: done == 3, plugins=core_plugins)
    assert load_recipe(tmp_path / "run/recipe.yaml", plugins=core_plugins).steps == 3
    assert (tmp_path / "run/evaluation.json").is_file()


def test_a_run_that_is_told_to_end_is_one_of_so_many_steps(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    short = load_recipe(tiny, overrides=["steps=3"], plugins=core_plugins)
    train(short, run=tmp_path / "short", plugins=core_plugins)
    tiny["steps"] = 1000
    long = load_recipe(tiny, plugins=core_plugins)
    train(long, run=tmp_path / "told", is_over=lambda done: done == 3, plugins=core_plugins)
    short_weights, told_weights = weights(tmp_path / "short", 3), weights(tmp_path / "told", 3)
    assert all(torch.equal(value, told_weights[name]) for name, value in short_weights.items())
    assert logged(tmp_path / "short") == logged(tmp_path / "told")
    assert (tmp_path / "short/recipe.yaml").read_text() == (tmp_path / "told/recipe.yaml").read_text()
    assert (tmp_path / "told/evaluation.json").is_file()


def test_a_resume_repeats_no_logged_step(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> None:
    tiny["checkpoint"] = {"every": 2}
    run = tmp_path / "run"
    train(load_recipe(tiny, overrides=["steps=3"], plugins=core_plugins), run=run, plugins=core_plugins)
    for stale in ("00000003",):
        for file in (run / "checkpoints" / stale).iterdir():
            file.unlink()
    with (run / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 9')  # what a kill leaves of a line
    resume(run, steps=4, plugins=core_plugins)
    assert [line["step"] for line in logged(run)] == [1, 2, 3, 4]
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("loss/generator")] == [1, 2, 3, 4]


def test_resume_takes_no_step_back(recipe: Recipe, core_plugins: Plugins, tmp_path: Path) -> None:
    train(recipe, run=tmp_path / "run", plugins=core_plugins)
    with pytest.raises(GanlabError, match=r"steps: 3 is less than the 4 that .*run has taken"):
        resume(tmp_path / "run", steps=3, plugins=core_plugins)


def test_resume_refuses_an_end_before_a_loss_starts_and_leaves_the_run_as_it_was(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    tiny["losses"]["late"] = {"use": "hinge", "starts": 3}
    train(load_recipe(tiny, plugins=core_plugins), run=run, plugins=core_plugins)
    before = (run / "recipe.yaml").read_text()
    shutil.rmtree(run / "checkpoints" / "00000004")
    with pytest.raises(GanlabError, match=r"losses\.late\.starts: starts at step 3, but the run has 2 steps; raise"):
        resume(run, steps=2, plugins=core_plugins)
    assert (run / "recipe.yaml").read_text() == before


def test_resume_wants_a_run(core_plugins: Plugins, tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"nothing holds no run.*recipe\.yaml.*`ganlab train` made"):
        resume(tmp_path / "nothing", plugins=core_plugins)


def test_a_folder_with_a_run_is_never_overwritten(recipe: Recipe, core_plugins: Plugins, tmp_path: Path) -> None:
    train(recipe, run=tmp_path / "run", plugins=core_plugins)
    with pytest.raises(GanlabError, match=r"already holds a run of this recipe.*--resume"):
        train(recipe, run=tmp_path / "run", plugins=core_plugins)
    other = recipe.model_copy(update={"seed": 5})
    with pytest.raises(GanlabError, match=r"already holds a run of another recipe"):
        train(other, run=tmp_path / "run", plugins=core_plugins)


def test_a_folder_with_other_things_is_not_used(recipe: Recipe, core_plugins: Plugins, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(GanlabError, match="is not empty and holds no run"):
        train(recipe, run=tmp_path, plugins=core_plugins)
    with pytest.raises(GanlabError, match="is a file"):
        train(recipe, run=tmp_path / "thesis.tex", plugins=core_plugins)


def test_a_folder_that_cannot_be_written_is_named(recipe: Recipe, core_plugins: Plugins, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GanlabError, match=r"file/run cannot be written: Not a directory"):
        train(recipe, run=tmp_path / "file" / "run", plugins=core_plugins)


def test_runs_without_a_name_get_free_ones(
    recipe: Recipe, core_plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [train(recipe, plugins=core_plugins).folder for _ in range(2)]
    assert names == [Path("runs/digits-seed0"), Path("runs/digits-seed0-2")]


def test_observing_plugins_are_told_of_the_whole_run(recipe: Recipe, core_plugins: Plugins, tmp_path: Path) -> None:
    told: list[Any] = []

    class Listener:
        @hookimpl
        def ganlab_run_started(self, event: RunStarted) -> None:
            told.append(event)

        @hookimpl
        def ganlab_step_finished(self, event: StepFinished) -> None:
            told.append(event)

        @hookimpl
        def ganlab_checkpoint_saved(self, event: CheckpointSaved) -> None:
            told.append(event)

        @hookimpl
        def ganlab_run_finished(self, event: RunFinished) -> None:
            told.append(event)

    train(recipe, run=tmp_path / "run", plugins=core_plugins, observers=[Listener()])
    kinds = [type(event).__name__ for event in told]
    assert kinds[0] == "RunStarted"
    assert kinds[-1] == "RunFinished"
    assert kinds.count("StepFinished") == 4
    assert [event.number for event in told if isinstance(event, CheckpointSaved)] == [2, 4]
    assert told[0].steps == 4


def start(tiny: dict[str, Any], folder: Path, steps: int) -> subprocess.Popen[str]:
    """`ganlab train` of the tiny recipe in a process of its own, past its first checkpoint."""
    (folder / "tiny.yaml").write_text(yaml.safe_dump({**tiny, "checkpoint": {"every": 5}}))
    arguments = ["train", "tiny.yaml", "--steps", str(steps), "--run", "run"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ganlab_core", *arguments],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(folder.glob("run/checkpoints/0*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_saves_and_says_how_to_go_on(
    tiny: dict[str, Any], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = start(tiny, tmp_path, 100_000)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert f"stopped by {number.name}; go on with: ganlab train --resume run" in errors
    last = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])["step"]
    assert (tmp_path / "run" / "checkpoints" / f"{last:08d}").is_dir()


@pytest.mark.slow
def test_a_second_writer_is_refused_and_a_killed_one_leaves_no_lock(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    process = start(tiny, tmp_path, 100_000)
    try:
        with pytest.raises(GanlabError, match=rf"run is in use by process {process.pid}"):
            resume(tmp_path / "run", plugins=core_plugins)
    finally:
        process.kill()
        process.communicate()
    taken = max(int(path.name) for path in (tmp_path / "run" / "checkpoints").glob("0*"))
    result = resume(tmp_path / "run", steps=taken + 2, plugins=core_plugins)
    assert (result.folder / "checkpoints" / f"{taken + 2:08d}").is_dir()


def test_a_signal_in_the_last_step_keeps_it_and_what_goes_on_evaluates_it(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    def asked(done: int) -> bool:
        if done == 4:
            signal.raise_signal(signal.SIGHUP)
        return False

    run = tmp_path / "run"
    with pytest.raises(Interrupted, match=f"stopped by SIGHUP; go on with: ganlab train --resume {run}"):
        train(load_recipe(tiny, plugins=core_plugins), run=run, plugins=core_plugins, is_over=asked)
    assert (run / "checkpoints" / "00000004").is_dir()
    assert not (run / "evaluation.json").exists()
    assert resume(run, plugins=core_plugins).evaluation


@pytest.mark.parametrize("place", ["restored", "watched"])
def test_a_signal_before_the_first_step_says_how_to_begin(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def stopped(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    run = tmp_path / "run"
    recipe = load_recipe(tiny, plugins=core_plugins)
    with monkeypatch.context() as patch:
        patch.setattr(f"ganlab_core.training.{'run' if place == 'restored' else 'loop'}.{place}", stopped)
        with pytest.raises(Interrupted, match=f"go on with: ganlab train --resume {run}"), raised_stops():
            train(recipe, run=run, plugins=core_plugins)
    assert resume(run, plugins=core_plugins).evaluation


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_last_evaluation_ends_the_program(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(number)

    class Asked(Exception):  # noqa: N818 - it stands for a process that ends
        pass

    def end(*_: object) -> None:
        raise Asked

    before = signal.signal(number, end)
    monkeypatch.setattr("ganlab_core.training.after_step.embed_sample", interrupted)
    try:
        with pytest.raises(Asked):
            train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins)
    finally:
        signal.signal(number, before)
