"""Runs of a few steps on a folder of small pictures: with codes, and without any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.training.run import train
from ganlab_core.verbs.report.write import write_report

CLASSES = {"<b>cats": 20, "dogs $x_1$ & $y$": 12, "猫": 4}
TrainRun = Callable[..., Path]


@pytest.fixture(scope="session")
def core_plugins() -> Plugins:
    """The core's parts alone."""
    return load_plugins({"GANLAB_PLUGINS": ""})


def write_pictures(folder: Path) -> Path:
    """Grey pictures of three classes, whose names are not easy on a page."""
    draws = np.random.default_rng(0)
    for place, (name, count) in enumerate(CLASSES.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels_HW = draws.integers(60 * place, 60 * place + 100, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels_HW).save(folder / name / f"{number}.png")
    return folder


def recipe_with_codes(pictures: Path) -> dict[str, Any]:
    """A class code of four categories, a continuous one, and a head that reads both."""
    return {
        "dataset": {"use": "image-folder", "root": str(pictures), "size": 16, "channels": 1},
        "prior": {
            "noise": {"use": "normal", "dim": 4},
            "code": {"use": "categorical", "classes": 4},
            "style": {"use": "uniform", "dim": 2},
        },
        "networks": {
            "generator": {"use": "dcgan", "width": 4},
            "trunk": {"use": "dcgan", "width": 4},
            "discriminator": {"use": "linear"},
            "recognition": {"use": "recognition", "hidden": 8},
        },
        "losses": {"adversarial": {"use": "nonsaturating"}},
        "metrics": {"diversity": {"use": "diversity"}},
        "audit": {"allow": ["recognition"]},
        "batch_size": 8,
        "steps": 4,
        "device": "cpu",
        "checkpoint": {"every": 0},
        "evaluation": {"every": 2, "samples_per_code": 5},
        "samples": {"every": 0, "columns": 3},
        "log": {"every": 1},
    }


@pytest.fixture(scope="session")
def train_run(tmp_path_factory: pytest.TempPathFactory, core_plugins: Plugins) -> TrainRun:
    """Trains the recipe with codes, some values changed, in a new folder with pictures of its own."""

    def run(name: str, *overrides: str) -> Path:
        folder = tmp_path_factory.mktemp("report")
        recipe = recipe_with_codes(write_pictures(folder / "pictures"))
        loaded = load_recipe(recipe, overrides=overrides, plugins=core_plugins)
        return train(loaded, run=folder / name, plugins=core_plugins).folder

    return run


@pytest.fixture(scope="session")
def coded(train_run: TrainRun) -> Path:
    """A run with codes."""
    return train_run("coded")


@pytest.fixture(scope="session")
def plain(train_run: TrainRun) -> Path:
    """A DCGAN: noise alone, no recognition head."""
    return train_run("plain", "~prior.code", "~prior.style", "~networks.recognition", "~audit")


@pytest.fixture(scope="session")
def two_runs(plain: Path, coded: Path, core_plugins: Plugins, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of both runs."""
    return write_report([plain, coded], tmp_path_factory.mktemp("out") / "two.html", plugins=core_plugins)
