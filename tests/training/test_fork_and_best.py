"""What a resume lets be changed, forks, and the checkpoint of the best evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Checkpoints
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.checkpoint import newest_checkpoint
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.training.run import resume, train
from tests.runs.checkpoint_files import optimiser_of


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run of four steps."""
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


def test_a_changed_recipe_is_refused_with_every_difference(run: Path, core_plugins: Plugins) -> None:
    before = (run / "recipe.yaml").read_text()
    overrides = ["batch_size=16", "players.generator.learning_rate=1e-3", "steps=6"]
    with pytest.raises(GanlabError) as caught:
        resume(run, overrides=overrides, plugins=core_plugins)
    text = str(caught.value)
    assert "batch_size: 8 -> 16\n" in text
    assert "players.generator.learning_rate: 0.0002 -> 0.001\n" in text
    assert "steps:" not in text
    assert "--fork NEW" in text
    assert (run / "recipe.yaml").read_text() == before


def test_a_fork_goes_on_with_its_own_settings_and_leaves_the_run_alone(
    run: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    overrides = ["players.generator.learning_rate=1e-3", "steps=6"]
    result = resume(run, overrides=overrides, fork=tmp_path / "fork", plugins=core_plugins)
    assert result.folder == tmp_path / "fork"
    lines = [json.loads(line)["step"] for line in (result.folder / "metrics.jsonl").read_text().splitlines()]
    assert lines == [1, 2, 3, 4, 5, 6]
    optimiser = optimiser_of(result.folder / "checkpoints" / "00000006", "generator")
    assert optimiser["groups"][0]["lr"] == pytest.approx(1e-3)
    origin = json.loads((result.folder / "forked_from.json").read_text())
    assert origin["step"] == 4
    assert origin["changed"]["players.generator.learning_rate"] == [2e-4, 1e-3]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_fork_without_changes_goes_on_as_the_run_itself_would(
    run: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    resume(run, steps=6, fork=tmp_path / "fork", plugins=core_plugins)
    resume(run, steps=6, plugins=core_plugins)
    one, other = (load_file(path / "checkpoints/00000006/weights.safetensors") for path in (run, tmp_path / "fork"))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_fork_into_a_run_is_refused(run: Path, core_plugins: Plugins) -> None:
    with pytest.raises(GanlabError, match="already holds a run"):
        resume(run, steps=6, fork=run, plugins=core_plugins)


def test_a_fork_that_does_not_fit_the_weights_says_so(run: Path, core_plugins: Plugins, tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match="does not fit its recipe"):
        resume(run, overrides=["networks.trunk.width=8"], fork=tmp_path / "fork", plugins=core_plugins)
    with pytest.raises(GanlabError, match="steps: 2 is less than the 4 that"):
        resume(run, steps=2, fork=tmp_path / "fork", plugins=core_plugins)
    assert not (tmp_path / "fork").exists()


def test_a_fork_with_another_optimiser_begins_its_moments_anew(
    run: Path, core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    overrides = ["players.generator.optimiser=rmsprop"]
    resume(run, steps=5, overrides=overrides, fork=tmp_path / "fork", plugins=core_plugins)
    assert "players.generator: its optimiser begins anew, since the checkpoint's is Adam" in caplog.text
    kept = {name: optimiser_of(tmp_path / "fork/checkpoints/00000005", name) for name in ("discriminator", "generator")}
    assert {name: optimiser["kind"] for name, optimiser in kept.items()} == {
        "discriminator": "Adam",
        "generator": "RMSprop",
    }
    assert "square_avg" in kept["generator"]["names"]


def test_or_resume_begins_or_goes_on_with_one_command(ganlab: Ganlab, tiny: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(json.dumps(tiny))
    command = ("train", "tiny.yaml", "--run", "here", "--or-resume")
    assert ganlab(*command, "--steps", "2").code == 0
    assert ganlab(*command).code == 0
    lines = [json.loads(line)["step"] for line in (tmp_path / "here" / "metrics.jsonl").read_text().splitlines()]
    assert lines == [1, 2, 3, 4]
    other = ganlab(*command, "--set", "batch_size=4")
    assert other.code == 1
    assert "batch_size: 8 -> 4" in other.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fork", "new"), "--fork goes with --resume"),
        (("--or-resume",), "--or-resume goes with --run"),
        (("--resume", "run", "--prior", "elastic"), "drop prior"),
        (("--resume", "run", "--or-resume"), "drop --or-resume"),
    ],
)
def test_options_that_do_not_go_together_are_refused(ganlab: Ganlab, options: tuple[str, ...], message: str) -> None:
    outcome = ganlab("train", *options)
    assert outcome.code == 2
    assert message in outcome.err


def test_the_best_evaluation_s_checkpoint_outlives_newer_ones(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    tiny |= {
        "metrics": {"diversity": {"use": "diversity", "images": 16}},
        "evaluation": {"every": 1},
        "checkpoint": {"every": 1, "keep": 1, "best": "diversity", "best_mode": "min"},
    }
    run = train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    values = {line["step"]: line["evaluation/diversity"] for line in lines}
    best = min(values, key=lambda step: (values[step], step))
    remembered = json.loads((run / "checkpoints" / "best.json").read_text())
    assert remembered["number"] == best
    assert remembered["value"] == pytest.approx(values[best])
    kept = {int(path.name) for path in (run / "checkpoints").iterdir() if path.is_dir()}
    assert kept == {best, 4}
    newest = newest_checkpoint(run / "checkpoints")
    assert newest is not None
    assert newest.number == 4


@pytest.mark.parametrize(("mode", "expected"), [("max", [1, 3]), ("min", [1, 2])])
def test_best_is_highest_or_lowest(tmp_path: Path, mode: Any, expected: list[int]) -> None:
    best = BestCheckpoint(tmp_path, Checkpoints(best="nmi", best_mode=mode))
    figures = {1: 0.5, 2: 0.4, 3: 0.6, 4: float("nan"), 5: 0.5}
    assert [step for step, value in figures.items() if best.takes({"nmi": value}, step)] == expected


def test_a_figure_that_no_metric_gives_is_named_and_nothing_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    best = BestCheckpoint(tmp_path, Checkpoints(best="fid"))
    assert not best.takes({"nmi": 0.5, "matched": [1, 2]}, 3)
    assert "checkpoint.best: the evaluation has no figure 'fid'; it has nmi" in caplog.text
    assert best.numbers == ()


def test_a_fork_keeps_what_rollbacks_left_and_follows_no_links(
    run: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    (run / "rollbacks.json").write_text('[{"to": 2, "reason": "test", "learning_rate_scale": 0.25}]')
    resume(run, steps=5, fork=tmp_path / "fork", plugins=core_plugins)
    optimiser = optimiser_of(tmp_path / "fork/checkpoints/00000005", "generator")
    assert optimiser["groups"][0]["lr"] == pytest.approx(5e-5)
    (tmp_path / "secret").write_text("")
    (run / "metrics.jsonl").unlink()
    (run / "metrics.jsonl").symlink_to(tmp_path / "secret")
    with pytest.raises(GanlabError, match="is a link that leads out"):
        resume(run, steps=5, fork=tmp_path / "other", plugins=core_plugins)
    assert not (tmp_path / "other").exists()


def test_a_fork_is_audited_before_it_is_laid_out(run: Path, core_plugins: Plugins, tmp_path: Path) -> None:
    overrides = ["losses.adversarial.use=r1", "networks.trunk.norm=layer"]
    with pytest.raises(GanlabError, match="no loss gives a gradient"):
        resume(run, overrides=overrides, fork=tmp_path / "fork", plugins=core_plugins)
    assert not (tmp_path / "fork").exists()


def test_fewer_epochs_than_were_taken_are_refused(run: Path, core_plugins: Plugins) -> None:
    resume(run, steps=150, plugins=core_plugins)
    before = (run / "recipe.yaml").read_text()
    with pytest.raises(GanlabError, match="steps: 110 is less than the 150 that"):
        resume(run, overrides=["steps=1 epochs"], plugins=core_plugins)
    assert (run / "recipe.yaml").read_text() == before
