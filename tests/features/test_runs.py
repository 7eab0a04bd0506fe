"""Features in a run: what its steps see, what is kept of them, and going on where they are the same, or are not."""

from __future__ import annotations

import json
import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from ganlab_core import GanlabError, Plugins, load_plugins, load_recipe, load_run, resume, train
from ganlab_core.runs.folder import RunFolder
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.training.session import Surroundings, build_session
from ganlab_core.verbs.compare.comparison import compare
from tests.features import brightness
from tests.features.conftest import FILE, Trained
from tests.training.test_processes import environment, launched


def weights(run: Path, steps: int = 2) -> dict[str, Tensor]:
    return load_file(run / f"checkpoints/{steps:08d}/weights.safetensors")


def seen(run: Path, steps: int = 2) -> Tensor:
    return next(value for name, value in weights(run, steps).items() if name.endswith("seen.mean_D"))


def facts(run: Path) -> Any:
    return json.loads((run / "data.json").read_text())


def test_losses_see_the_features_of_all_images_and_the_run_keeps_what_they_are_of(trained: Trained) -> None:
    run = trained()
    assert seen(run)[0] == pytest.approx(seen(run)[1:].mean().item(), abs=1e-5)
    assert 0.1 < seen(run)[0] < 0.9
    assert facts(run)["features"] == {"identity": "brightness, scaled by 1.0, 24 pixels", "width": 4}


def test_without_features_nothing_is_seen_and_nothing_kept(trained: Trained) -> None:
    run = trained("~features")
    assert seen(run).isnan().all()
    assert facts(run)["features"] is None
    assert not brightness.asked


def test_features_change_nothing_else_of_a_run(trained: Trained) -> None:
    with_them, without = weights(trained(run="with")), weights(trained("~features", run="without"))
    assert all(torch.equal(with_them[name], value) for name, value in without.items() if not name.endswith("mean_D"))


def test_a_resume_finds_them_in_the_cache_and_ends_as_a_run_that_did_not_stop(
    trained: Trained, plugins: Plugins
) -> None:
    whole, parts = trained("steps=4", run="whole"), trained(run="parts")
    brightness.asked.clear()
    resume(parts, steps=4, plugins=plugins)
    assert not brightness.asked
    assert all(torch.equal(weights(parts, 4)[name], value) for name, value in weights(whole, 4).items())


def test_features_that_are_others_by_a_bit_are_said(
    trained: Trained, plugins: Plugins, caplog: pytest.LogCaptureFixture, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained()
    for file in cache.rglob("*.safetensors"):
        file.unlink()
    asked = brightness.Brightness.__call__
    monkeypatch.setattr(brightness.Brightness, "__call__", lambda self, images: asked(self, images) + 1e-6)
    with caplog.at_level(logging.WARNING):
        resume(run, steps=3, plugins=plugins)
    assert "not to the same bits: the frozen network's features of its images are not those that it" in caplog.text


def test_a_network_that_has_changed_is_refused_with_both_named(
    trained: Trained, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained()
    init = brightness.Brightness.__init__

    def changed(self: brightness.Brightness, **arguments: Any) -> None:
        init(self, **arguments)
        self.identity = "brightness, other weights"

    monkeypatch.setattr(brightness.Brightness, "__init__", changed)
    said = (
        r"features: .*run was trained with those of brightness, scaled .*, and its recipe now gives those of .*other "
    )
    with pytest.raises(GanlabError, match=said + "weights .*; bring the old weights back, or train in a new run"):
        resume(run, steps=4, plugins=plugins)
    loaded = load_run(run, plugins=plugins)
    with pytest.raises(GanlabError, match=said):
        _ = loaded.feature_network
    assert len(loaded.sample(2)) == 2


def test_a_fork_keeps_what_its_own_features_are_of(trained: Trained, plugins: Plugins, tmp_path: Path) -> None:
    run = trained()
    resume(run, steps=3, overrides=["features.scale=2"], fork=tmp_path / "fork", plugins=plugins)
    assert facts(tmp_path / "fork")["features"]["identity"] == "brightness, scaled by 2.0, 24 pixels"
    assert torch.allclose(seen(tmp_path / "fork", 3), 2 * seen(run))


def test_a_run_is_looked_at_where_the_plugin_of_its_features_is_not(
    recipe: dict[str, Any], plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe["networks"].pop("recognition")
    recipe["losses"].pop("seen")
    run = train(load_recipe(recipe, plugins=plugins), run=tmp_path / "run", plugins=plugins).folder
    alone = load_plugins({"GANLAB_PLUGINS": ""})
    assert load_run(run, plugins=alone).sample(2).shape == (2, 1, 16, 16)
    assert compare([run, run], plugins=alone)
    with pytest.raises(GanlabError, match="there is no features 'brightness'"):
        resume(run, steps=4, plugins=alone)


def test_a_run_whose_facts_lack_them_says_so(trained: Trained, plugins: Plugins) -> None:
    run = trained()
    record = facts(run)
    del record["features"]
    (run / "data.json").write_text(json.dumps(record))
    with pytest.raises(GanlabError, match="how many numbers 'brightness' gives an image was not kept"):
        load_run(run, plugins=plugins)


@pytest.mark.parametrize("width", [-4, 0, 10**13])
def test_a_stranger_s_width_builds_nothing(width: int, trained: Trained, plugins: Plugins) -> None:
    run = trained()
    changed = facts(run) | {"features": {"identity": "lite", "width": width}}
    (run / "data.json").write_text(json.dumps(changed))
    with pytest.raises(GanlabError, match=r"data\.json is missing or damaged \(features\.width: .*\)"):
        load_run(run, plugins=plugins)


def test_a_stranger_s_words_do_not_steer_the_terminal(trained: Trained, plugins: Plugins) -> None:
    run = trained()
    changed = facts(run) | {"features": {"identity": "\x1b[2Jlite", "width": 4}}
    (run / "data.json").write_text(json.dumps(changed))
    with pytest.raises(GanlabError, match=r"trained with those of '\\x1b\[2Jlite' \(4 numbers an image\)"):
        _ = load_run(run, plugins=plugins).feature_network


@pytest.mark.parametrize("missing", ["size", "width", "identity"])
def test_a_network_that_does_not_say_what_it_is_is_refused(
    missing: str, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    init = brightness.Brightness.__init__

    def without(self: brightness.Brightness, **arguments: Any) -> None:
        init(self, **arguments)
        delattr(self, missing)

    monkeypatch.setattr(brightness.Brightness, "__init__", without)
    with pytest.raises(GanlabError, match=f"features: 'brightness' gave a network without {missing}"):
        trained()


def test_the_console_says_which_features_a_run_has(recipe: dict[str, Any], ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    outcome = ganlab("--plugin", FILE, "train", "recipe.yaml", "--run", "run")
    assert "features brightness, scaled by 1.0, 24 pixels" in outcome.out


@pytest.mark.slow
@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
def test_of_several_processes_each_has_the_features_of_all_images(
    recipe: dict[str, Any], trained: Trained, tmp_path: Path
) -> None:
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    command = launched("--plugin", FILE, "train", "recipe.yaml", "--run", "two")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr[-3000:]
    assert torch.allclose(seen(tmp_path / "two"), seen(trained()))


def test_batches_of_a_session_hold_them_on_its_device(
    recipe: dict[str, Any], plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    around = Surroundings(plugins=plugins, device=torch.device("cpu"))
    with caplog.at_level(logging.WARNING):
        session = build_session(RunFolder(tmp_path / "run"), load_recipe(recipe, plugins=plugins), around)
    features_ND = session.state.batches.features_ND
    assert features_ND is not None
    assert features_ND.shape == (len(session.data), brightness.WIDTH)
    assert not features_ND.requires_grad
    assert not caplog.records
