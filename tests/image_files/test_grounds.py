"""Transparency: what a collection is laid on, so that nothing of it vanishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab_core.image_files.read import ReadImages, read_images
from ganlab_core.interface.tones import Tones
from tests.image_files.pngs import save_sixteen_bits


def icon(path: Path, colour: tuple[int, int, int], *, ground: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels_HWC = np.zeros((8, 8, 4), dtype=np.uint8)
    pixels_HWC[..., 3] = ground
    pixels_HWC[2:6, 2:6] = (*colour, 255)
    Image.fromarray(pixels_HWC).save(path)
    return path


def read(paths: list[Path], *, tones: Tones | None = None) -> ReadImages:
    return read_images(paths, size=8, channels=1, unreadable="stop", asked_by="test", tones=tones)


def grounds(found: ReadImages) -> list[int]:
    return [int(image_CHW[0, 0, 0]) for image_CHW in found.images_CHW]


@pytest.mark.parametrize("value", [255, 245, 230])
def test_white_drawings_are_laid_on_black(tmp_path: Path, value: int) -> None:
    found = read([icon(tmp_path / f"{place}.png", (value,) * 3) for place in range(4)])
    assert grounds(found) == [0] * 4
    assert found.tones.ground == "black"
    assert all(int(image_CHW.max()) - int(image_CHW.min()) >= 200 for image_CHW in found.images_CHW)


def test_a_collection_that_mostly_vanishes_on_white_is_laid_on_black_together(tmp_path: Path) -> None:
    white = [icon(tmp_path / f"w{place}.png", (255, 255, 255)) for place in range(3)]
    others = [icon(tmp_path / "red.png", (200, 0, 0)), icon(tmp_path / "black.png", (0, 0, 0))]
    found = read([*white, *others])
    assert grounds(found) == [0, 0, 0, 0, 255]  # a black drawing is to be seen as well


def test_a_few_white_drawings_do_not_change_how_others_are_read(tmp_path: Path) -> None:
    others = [icon(tmp_path / f"{place}.png", (200, 0, 0)) for place in range(5)]
    alone = read(others)
    found = read([*others, icon(tmp_path / "w.png", (255, 255, 255))])
    assert (alone.tones.ground, found.tones.ground) == ("white", "white")
    assert grounds(found) == [255] * 5 + [0]
    assert torch.equal(torch.stack(alone.images_CHW), torch.stack(found.images_CHW[:5]))


def test_the_ground_of_a_run_is_kept_for_others_images(tmp_path: Path) -> None:
    paths = [icon(tmp_path / "a.png", (200, 0, 0)), icon(tmp_path / "b.png", (0, 0, 0))]
    assert grounds(read(paths, tones=Tones(ground="black"))) == [0, 255]


def test_an_opaque_image_with_an_alpha_channel_asks_for_no_ground(tmp_path: Path) -> None:
    found = read([icon(tmp_path / "a.png", (255, 255, 255), ground=255)])
    assert found.tones == Tones()


@pytest.mark.parametrize("channels", [2, 4])
def test_sixteen_bits_with_transparency_are_laid_on_a_ground(tmp_path: Path, channels: int) -> None:
    values_HWC = np.zeros((8, 8, channels), dtype=np.uint16)
    values_HWC[2:6, 2:6] = 65535
    found = read([save_sixteen_bits(tmp_path / "a.png", values_HWC)])
    assert grounds(found) == [0]
    assert int(found.images_CHW[0].max()) == 255


def test_a_value_of_sixteen_bits_may_be_the_transparent_one(tmp_path: Path) -> None:
    grey_HW = np.full((8, 8), 700, dtype=np.uint16)
    grey_HW[2:6, 2:6] = 40_000
    assert grounds(read([save_sixteen_bits(tmp_path / "a.png", grey_HW, clear=(700,))])) == [255]
    colour_HWC = np.repeat(grey_HW[..., None], 3, axis=2)
    assert grounds(read([save_sixteen_bits(tmp_path / "b.png", colour_HWC, clear=(700, 700, 700))])) == [255]
    assert grounds(read([save_sixteen_bits(tmp_path / "c.png", colour_HWC, clear=(700, 700, 701))])) != [255]
