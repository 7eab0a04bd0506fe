"""The tiny feature network as a plugin, a run that was trained with it, and a cache that begins empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import Plugins, load_recipe, train
from ganlab_core.image_files.write import save_png
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.testing.fixtures import LoadPlugin
from tests.features import brightness

FILE = Path(brightness.__file__)
Trained = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of this test alone."""
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    brightness.asked.clear()
    return tmp_path / "cache" / "features"


@pytest.fixture(scope="session")
def plugins(load_plugin: LoadPlugin) -> Plugins:
    """The core and the tiny network's plugin."""
    return load_plugin(brightness)


@pytest.fixture
def recipe(tiny: dict[str, Any]) -> dict[str, Any]:
    """The tiny recipe with features, a head that reads them and a loss that sees them; two steps."""
    tiny |= {"features": {"use": "brightness"}, "audit": {"allow": ["recognition"]}, "steps": 2}
    tiny["prior"] |= {"code": {"use": "categorical", "classes": 3}}
    tiny["networks"] |= {"recognition": {"use": "reader"}}
    tiny["losses"] |= {"seen": {"use": "seen"}}
    return tiny


@pytest.fixture
def trained(recipe: dict[str, Any], plugins: Plugins, tmp_path: Path) -> Trained:
    """Trains the recipe, with changes, in the test's folder."""

    def train_it(*overrides: str, run: str = "run") -> Path:
        return train(
            load_recipe(recipe, overrides=overrides, plugins=plugins), run=tmp_path / run, plugins=plugins
        ).folder

    return train_it


def photographs(folder: Path, *, count: int = 12) -> Path:
    """Digits as grey pictures of 40 x 40, every second one brightened."""
    folder.mkdir()
    for index, image_CHW in enumerate(digits(size=40).images_NCHW[:count]):
        bright = index % 2 == 0
        save_png((image_CHW // 2 + 127) if bright else image_CHW // 2, folder / f"{index:02d}.png")
    return folder
