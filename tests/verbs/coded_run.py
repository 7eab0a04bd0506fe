"""A run of a few steps whose recognition head gives codes, by core parts alone; and files of its images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ganlab_core.image_files.write import save_png
from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.loaded import LoadedRun, load_run
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.training.run import train


def coded_run(tiny: dict[str, Any], folder: Path, *, classes: int = 3, dataset: dict[str, Any] | None = None) -> Path:
    """Train `tiny` with a categorical code and a head that reads it; nothing teaches the head, and none needs to."""
    recipe = tiny | {"audit": {"allow": ["recognition"]}, "steps": 2}
    recipe["prior"] = tiny["prior"] | {"code": {"use": "categorical", "classes": classes}}
    recipe["networks"] = tiny["networks"] | {"recognition": {"use": "recognition", "hidden": 6}}
    if dataset is not None:
        recipe["dataset"] = dataset
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    return train(load_recipe(recipe, plugins=plugins), run=folder, plugins=plugins).folder


def digit_files(folder: Path, count: int = 12) -> list[Path]:
    """Digits of the run's size as PNGs, in two subfolders by turns."""
    paths = []
    for index, image_CHW in enumerate(digits(size=16).images_NCHW[:count]):
        path = folder / "ab"[index % 2] / f"{index:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_png(image_CHW, path)
        paths.append(path)
    return sorted(paths)


def said_by_head(run: Path, images_NCHW: torch.Tensor) -> torch.Tensor:
    """Probabilities `(N, K)`, straight from the networks, an image at a time."""
    loaded: LoadedRun = load_run(run)
    networks = loaded.model.networks
    assert networks.recognition is not None
    rows = []
    with torch.no_grad():
        for image_CHW in images_NCHW:
            recognition = networks.recognition(networks.trunk(image_CHW[None].float() / 127.5 - 1))
            rows.append(recognition.parameters["code"][0].exp() / recognition.parameters["code"][0].exp().sum())
    return torch.stack(rows)
