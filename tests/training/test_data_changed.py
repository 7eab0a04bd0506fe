"""A collection that changed since a run began is noticed, also where the run does not train on what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganlab_core import GanlabError, load_run
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data
from ganlab_core.recipe.load import load_recipe
from ganlab_core.training.run import resume, train


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A run on 9 of the 12 images of each of two classes, which lie in `photos`."""
    random = np.random.default_rng(0)
    for label in range(2):
        folder = tmp_path / "photos" / str(label)
        folder.mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(120 * label, 120 * label + 60, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    root = str(tmp_path / "photos")
    tiny["dataset"] = {"use": "image-folder", "root": root, "size": 16, "channels": 1, "imbalance": {"counts": [9, 9]}}
    recipe = load_recipe(tiny, plugins=core_plugins)
    return train(recipe, run=tmp_path / "run", plugins=core_plugins, pause=lambda done: done == 2).folder


def change_one_left_out(run: Path, plugins: Plugins) -> None:
    """Another picture in place of one that the imbalance left out."""
    recipe = load_recipe(run / "recipe.yaml", plugins=plugins)
    used = set(build_data(recipe.dataset, plugins).paths)
    left_out = next(path for path in sorted((run.parent / "photos" / "0").iterdir()) if path not in used)
    Image.fromarray(np.full((16, 16), 255, dtype=np.uint8)).save(left_out)


def test_an_image_that_the_imbalance_left_out_is_part_of_what_a_run_began_with(
    run: Path, core_plugins: Plugins
) -> None:
    change_one_left_out(run, core_plugins)
    with pytest.raises(GanlabError, match="those that its imbalance left out, from which a judge learns, are not"):
        resume(run, plugins=core_plugins)
    with pytest.raises(GanlabError, match="those that its imbalance left out, from which a judge learns, are not"):
        load_run(run, plugins=core_plugins).evaluate()


def test_a_run_of_before_the_whole_collection_was_hashed_goes_on(run: Path, core_plugins: Plugins) -> None:
    facts = (run / "data.json").read_text()
    assert "full_hash" in facts
    (run / "data.json").write_text(facts.replace("full_hash", "unknown"))
    change_one_left_out(run, core_plugins)
    resume(run, plugins=core_plugins)
