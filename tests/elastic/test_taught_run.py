"""A run that is taught by a plugin's features: from its first step to its assignments, and after kills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ganlab_core import Component, GanlabError, Recipe, assign_folder, load_recipe, load_run, train
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from tests.conftest import REPOSITORY
from tests.faults.compare import require_equal
from tests.faults.families import STEPS, stopped_and_resumed

TAUGHT = REPOSITORY / "ganlab_elastic" / "recipes" / "parts" / "taught.yaml"
COLOURS = [(200, 40, 40), (40, 200, 40), (40, 40, 200)]


class Colours:
    """A feature network that sees an image's mean colour, and how it is spread."""

    size, width, identity = 16, 6, "colours v1"

    def to(self, device: torch.device) -> Colours:
        return self

    def __call__(self, images_NCHW: Tensor) -> Tensor:
        scaled_NCHW = images_NCHW.float() / 127.5 - 1.0
        return torch.cat([scaled_NCHW.mean(dim=(2, 3)), scaled_NCHW.std(dim=(2, 3))], dim=1)


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Elastic-InfoGAN, and the features `colours`."""
    plugins = load_plugins({"GANLAB_PLUGINS": "elastic"})
    component = Component(name="colours", factory=Colours, summary="Mean colours.")
    plugins.registries["features"].add(Entry("features", component, Giver("tests", "tests", "0")))
    return plugins


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """72 noisy pictures of 24 x 24: half are red, a third green, a sixth blue."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for number in range(72):
        kind = (number % 6 > 2) + (number % 6 > 4)
        pixels = np.clip(np.array(COLOURS[kind]) + random.normal(0, 25, (24, 24, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:03d}-{kind}.png")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))


def small(photos: Path, plugins: Plugins, **options: Any) -> Recipe:
    values = {
        "dataset": {"use": "image-folder", "root": str(photos), "size": 16, "classes": "none"},
        "features": {"use": "colours"},
        "prior": {"noise": {"use": "normal", "dim": 4}, "code": {"classes": 3}},
        "networks": {
            "generator": {"use": "dcgan", "width": 4},
            "trunk": {"use": "dcgan", "width": 4},
            "recognition": {"hidden": 8},
            "recognition_trunk": {"width": 4},
        },
        "losses": {"taught": {"batch_size": 16, "ends": 5}}
        | {name: {"starts": 5} for name in ("adversarial", "information", "prior_matching")},
        "batch_size": 24,
        "steps": STEPS,
        "evaluation": {"every": 0, "samples_per_code": 4},
        "checkpoint": {"every": 1, "keep": 20},
        "samples": {"every": 0},
        "log": {"every": 1},
        "device": "cpu",
    }
    return load_recipe(TAUGHT, values | options, plugins=plugins)


@pytest.mark.parametrize("after", [0, 1, 3, 6])
def test_a_run_that_was_killed_before_or_after_its_teacher_was_there_is_resumed_to_the_same_bits(
    photos: Path, plugins: Plugins, tmp_path: Path, after: int
) -> None:
    recipe = small(photos, plugins)
    whole = train(recipe, run=tmp_path / "whole", plugins=plugins)
    resumed = stopped_and_resumed(recipe, tmp_path, after=after, plugins=plugins)
    require_equal(resumed, whole.folder, number=STEPS)


def test_assignments_and_the_prior_go_by_the_teacher(photos: Path, plugins: Plugins, tmp_path: Path) -> None:
    recipe = small(photos, plugins)
    run = train(recipe, run=tmp_path / "run", plugins=plugins).folder
    loaded = load_run(run, plugins=plugins)
    summary = assign_folder(loaded, photos, table=tmp_path / "table.csv")
    assert sorted(summary.counts) == [12, 24, 36]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {"loss/generator/taught/lesson", "loss/generator/taught/separation"} <= lines[0].keys()
    matching = loaded.model.losses["prior_matching"].loss
    assert isinstance(matching, torch.nn.Module)
    mean_K = matching.get_buffer("mean_K")
    shares = torch.tensor(summary.counts) / 72
    torch.testing.assert_close(mean_K, shares, atol=0.03, rtol=0.0)


def test_a_recipe_without_features_says_what_to_add(photos: Path, plugins: Plugins, tmp_path: Path) -> None:
    recipe = small(photos, plugins, features=None)
    with pytest.raises(GanlabError, match=r"taught: the recipe has no frozen features .* `features: \{use: NAME\}`"):
        train(recipe, run=tmp_path / "run", plugins=plugins)
