"""What the metrics need is asked before a run's first step, and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganlab_core import GanlabError, load_plugins, load_recipe, train


@pytest.fixture
def coded(tiny: dict[str, Any]) -> dict[str, Any]:
    """The tiny recipe with a class code that nothing reads."""
    tiny["prior"]["code"] = {"use": "categorical", "classes": 3}
    return tiny


def refused(recipe: dict[str, Any], run: Path, message: str) -> None:
    plugins = load_plugins()
    with pytest.raises(GanlabError, match=message):
        train(load_recipe(recipe, plugins=plugins), run=run, plugins=plugins)
    assert not run.exists()


@pytest.mark.parametrize("metric", ["nmi", "ent", "purity", "prior-rmse"])
def test_classes_of_one_image_each_of_which_no_judge_can_learn(
    coded: dict[str, Any], tmp_path: Path, metric: str
) -> None:
    for index in range(10):
        (tmp_path / f"photos/{index}").mkdir(parents=True)
        Image.new("L", (8, 8), 20 * index).save(tmp_path / f"photos/{index}/a.png")
    coded["dataset"] = {"use": "image-folder", "root": str(tmp_path / "photos"), "size": 8, "channels": 1}
    coded["metrics"] = {"mine": {"use": metric}}
    refused(coded, tmp_path / "run", r"metrics\.mine: a judge cannot learn from 10 labelled images")


def test_a_judge_whose_file_does_not_fit(coded: dict[str, Any], tmp_path: Path) -> None:
    coded["metrics"] = {"mine": {"use": "nmi"}}
    coded["judge"] = {"weights": str(tmp_path / "judge.safetensors")}
    (tmp_path / "judge.safetensors").write_bytes(b"no weights")
    refused(coded, tmp_path / "run", r"metrics\.mine: judge\.weights: .*judge\.safetensors' does not fit")
