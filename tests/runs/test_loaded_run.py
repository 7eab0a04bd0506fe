"""A trained model from its folder alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from ganlab_core import load_run, train
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished tiny run with a categorical code."""
    tiny["prior"]["code"] = {"use": "categorical", "classes": 3, "probabilities": [0.2, 0.3, 0.5]}
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


def test_the_averaged_generator_and_the_prior_come_back(run: Path, core_plugins: Plugins) -> None:
    loaded = load_run(run, plugins=core_plugins)
    assert loaded.number == 4
    assert not loaded.generator.training
    assert loaded.prior.width == 7
    assert loaded.prior.categorical["code"].probabilities().tolist() == pytest.approx([0.2, 0.3, 0.5])
    assert loaded.generator(torch.zeros(2, 7)).shape == (2, 1, 16, 16)


def test_samples_repeat_with_their_seed_and_change_with_the_code(run: Path, core_plugins: Plugins) -> None:
    loaded = load_run(run, plugins=core_plugins)
    images_NCHW = loaded.sample(6, code=1, seed=3)
    assert images_NCHW.shape == (6, 1, 16, 16)
    assert images_NCHW.abs().max() <= 1.0
    assert torch.equal(images_NCHW, loaded.sample(6, code=1, seed=3))
    assert not torch.equal(images_NCHW, loaded.sample(6, code=2, seed=3))
    assert not torch.equal(images_NCHW, loaded.sample(6, code=1, seed=4))


def test_a_traversal_has_a_row_a_category_and_the_grids_columns(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    tiny["prior"] |= {"code": {"use": "categorical", "classes": 4}, "style": {"use": "uniform"}}
    train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins)
    loaded = load_run(tmp_path / "run", plugins=core_plugins)
    images_RNCHW = loaded.traverse("style")
    assert images_RNCHW.shape == (4, 3, 1, 16, 16)
    assert not torch.equal(images_RNCHW[:, 0], images_RNCHW[:, 1])
    assert torch.equal(loaded.traverse("style", ends=(-2.0, 2.0)), images_RNCHW)
    assert loaded.traverse("style", code=1, seed=3).shape == (10, 3, 1, 16, 16)


def test_a_code_that_the_prior_lacks_is_refused(run: Path, core_plugins: Plugins) -> None:
    with pytest.raises(GanlabError, match="3"):
        load_run(run, plugins=core_plugins).sample(2, code=3)


def test_a_run_without_codes_says_so(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> None:
    train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "plain", plugins=core_plugins)
    loaded = load_run(tmp_path / "plain", plugins=core_plugins)
    assert loaded.sample(2).shape == (2, 1, 16, 16)
    with pytest.raises(GanlabError, match="no categorical code, so no code can be chosen"):
        loaded.sample(2, code=0)


def test_an_interrupted_run_without_checkpoint_says_how_to_go_on(run: Path, core_plugins: Plugins) -> None:
    shutil.rmtree(run / "checkpoints")
    (run / "checkpoints").mkdir()
    with pytest.raises(GanlabError, match=r"has no checkpoint yet.*--resume"):
        load_run(run, plugins=core_plugins)


def test_a_damaged_facts_file_is_named(run: Path, core_plugins: Plugins) -> None:
    (run / "data.json").write_text("[]")
    with pytest.raises(GanlabError, match=r"data\.json is missing or damaged"):
        load_run(run, plugins=core_plugins)


@pytest.fixture
def folder_run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run on a folder of images, which the test may take away or change."""
    images = tmp_path / "images"
    images.mkdir()
    for index in range(12):
        Image.new("L", (16, 16), color=20 * index).save(images / f"{index}.png")
    tiny["dataset"] = {"use": "image-folder", "root": str(images), "size": 16, "channels": 1}
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


def test_sampling_needs_no_data(folder_run: Path, core_plugins: Plugins) -> None:
    shutil.rmtree(folder_run.parent / "images")
    loaded = load_run(folder_run, plugins=core_plugins)
    assert loaded.sample(2).shape == (2, 1, 16, 16)
    with pytest.raises(GanlabError, match="images"):
        loaded.evaluate()


def test_an_evaluation_refuses_other_images_than_those_of_the_run(folder_run: Path, core_plugins: Plugins) -> None:
    Image.new("L", (16, 16), color=255).save(folder_run.parent / "images" / "new.png")
    with pytest.raises(GanlabError, match=r"holds other images than .*run was trained on \(13 now, 12 then"):
        load_run(folder_run, plugins=core_plugins).evaluate()
