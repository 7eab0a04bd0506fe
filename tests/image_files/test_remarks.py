"""Blank images and files of several pages: counted and said."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab_core.image_files.pictures import PictureBatch
from ganlab_core.image_files.read import read_images
from ganlab_core.image_files.remarks import are_blank
from ganlab_core.image_files.survey import survey_pictures


def noise(seed: int, shape: tuple[int, ...] = (8, 8)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("suffix", ["tif", "gif", "png", "webp"])
def test_a_stack_of_pages_is_counted_and_its_first_page_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str
) -> None:
    pages = [noise(seed, (8, 8, 3)) for seed in range(5)]
    pages[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=pages[1:], lossless=True)
    pages[0].save(tmp_path / "alone.png")
    with caplog.at_level(logging.WARNING):
        read = read_images(sorted(tmp_path.iterdir()), size=8, channels=3, unreadable="stop", asked_by="test")
    assert "test: 1 file has several pages or frames, 5 in all, of which the first alone is read" in caplog.text
    apart = (read.images_CHW[0].int() - read.images_CHW[1].int()).abs()
    assert int(apart.max()) <= (80 if suffix == "gif" else 0)


def test_smaller_copies_of_a_picture_are_no_pages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    copies = [noise(0, (16, 16)), noise(0)]
    noise(0, (32, 32)).save(tmp_path / "a.tif", save_all=True, append_images=copies, tiffinfo={254: 1})
    with caplog.at_level(logging.WARNING):
        read_images([tmp_path / "a.tif"], size=8, channels=1, unreadable="stop", asked_by="test")
    assert not caplog.text


def test_blank_and_nearly_blank_images_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Image.new("RGB", (8, 8), (255, 0, 0)).save(tmp_path / "red.png")
    Image.fromarray(np.full((8, 8), 3, dtype=np.uint8) + np.eye(8, dtype=np.uint8) * 4).save(tmp_path / "dark.png")
    noise(0).save(tmp_path / "z.png")
    with caplog.at_level(logging.WARNING):
        read_images(sorted(tmp_path.iterdir()), size=8, channels=3, unreadable="stop", asked_by="test")
    assert "test: 2 of 3 images are blank or nearly so as they are read" in caplog.text


def test_no_images_are_not_blank() -> None:
    assert are_blank(torch.empty(0, 3, 4, 4, dtype=torch.uint8)).tolist() == []
    assert are_blank(torch.tensor([[[[0, 17]]], [[[0, 16]]]], dtype=torch.uint8)).tolist() == [False, True]


def test_a_survey_looks_at_each_image_once_in_the_tones_of_all(tmp_path: Path) -> None:
    for number in range(5):
        Image.fromarray(np.asarray(noise(number)).astype(np.uint16) * 4).save(tmp_path / f"{number}.png")
    noise(9).save(tmp_path / "plain.png")
    (tmp_path / "bad.png").write_text("no image")
    (tmp_path / "a.json").touch()

    def look(batch: PictureBatch) -> list[int]:
        return batch.images_NCHW.flatten(1).amax(dim=1).tolist()

    survey = survey_pictures(tmp_path, look, size=8, channels=1)
    highest = [value for part in survey.looks for value in part]
    assert len(highest) == 6
    assert min(highest) > 200
    assert survey.passed_over == ("1 other file (.json)",)
    assert survey.remarks == ("of more than 8 bits, values of 0 to 1023 are read as black to white",)
    assert [file.path.name for file in survey.unreadable] == ["bad.png"]
