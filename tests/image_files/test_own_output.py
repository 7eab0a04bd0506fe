"""What ganlab wrote among the images of a folder is none of them, and is said to be passed over."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from ganlab_core.image_files.own_output import SIGN
from ganlab_core.image_files.walk import walk_images
from ganlab_core.image_files.write import save_images, save_png
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.training.run import resume, train
from ganlab_core.traversal.film import save_gif

GREY_CHW = torch.zeros(1, 8, 8, dtype=torch.uint8)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve images in a folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    return folder


def in_it(folder: Path) -> list[str]:
    return [path.name for path in walk_images(folder)]


def test_a_run_among_its_own_images_goes_on_with_those_that_it_began_with(
    photos: Path,
    tiny: dict[str, Any],
    core_plugins: Plugins,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(photos)
    tiny["dataset"] = {"use": "image-folder", "root": ".", "size": 16, "channels": 1, "classes": "none"}
    run = train(load_recipe(tiny, plugins=core_plugins), plugins=core_plugins).folder
    assert run.resolve().is_relative_to(photos)
    assert list(run.glob("samples/*.png"))
    with caplog.at_level(logging.WARNING):
        resume(run, steps=6, plugins=core_plugins)
    assert "image-folder: passed over 1 folder that ganlab made of images" in caplog.text


def test_pictures_of_pictures_are_none_of_the_images_around_them(
    photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = in_it(photos)
    save_png(GREY_CHW, photos / "samples.png", of_many=True)
    save_gif([GREY_CHW, GREY_CHW + 9], photos / "film.gif", fps=5)
    chart = Figure()
    chart.subplots().plot([1, 2])
    chart.savefig(photos / "figures.png", metadata={"Software": SIGN})
    with caplog.at_level(logging.WARNING):
        assert in_it(photos) == before
    assert "passed over 3 pictures that ganlab made of images" in caplog.text


def test_drawn_images_are_none_of_those_around_their_folder_and_are_images_where_it_is_named(photos: Path) -> None:
    before = in_it(photos)
    save_images(torch.zeros(3, 1, 8, 8), photos / "drawn")
    assert in_it(photos) == before
    assert in_it(photos / "drawn") == ["00000.png", "00001.png", "00002.png"]


def test_a_folder_that_is_named_is_read_whatever_made_it(photos: Path) -> None:
    for name in ("checkpoints", "samples"):
        (photos / name).mkdir()
    (photos / "recipe.yaml").touch()
    assert len(in_it(photos)) == 12
    assert in_it(photos.parent) == []


def test_an_image_that_was_drawn_alone_is_an_image(photos: Path) -> None:
    save_png(GREY_CHW, photos / "one.png")
    assert "one.png" in in_it(photos)
