"""Pictures that are not square: padded, cropped, stretched, and what their border is taken for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab_core.image_files.decode import read_picture
from ganlab_core.image_files.fit import FITS, Fit, Framing, framing_of
from ganlab_core.image_files.squares import border_colour


def saved(path: Path, pixels_HWC: np.ndarray) -> Path:
    Image.fromarray(pixels_HWC.astype(np.uint8)).save(path)
    return path


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3))


@pytest.mark.parametrize("fit", FITS)
def test_a_square_picture_is_the_same_in_every_fit(tmp_path: Path, fit: Fit) -> None:
    path = saved(tmp_path / "a.png", noise(40, 40))
    wanted = read_picture(path, size=16, channels=3)
    assert torch.equal(read_picture(path, size=16, channels=3, fit=fit), wanted)


def test_padding_centres_the_whole_picture_on_the_colour_of_its_border(tmp_path: Path) -> None:
    pixels_HWC = np.full((4, 12, 3), (200, 210, 220))
    pixels_HWC[1:3, 2:10] = 0
    pixels_HWC[0, 0] = 99  # a speck on the border
    image_CHW = read_picture(saved(tmp_path / "a.png", pixels_HWC), size=12, channels=3, fit="pad")
    assert torch.equal(image_CHW[:, 4:8], torch.from_numpy(pixels_HWC).permute(2, 0, 1).to(torch.uint8))
    for ground_CHW in (image_CHW[:, :4], image_CHW[:, 8:]):
        assert ground_CHW.permute(1, 2, 0).eq(torch.tensor([200, 210, 220])).all()


def test_an_object_that_touches_two_sides_is_not_taken_for_the_ground() -> None:
    pixels_HW = np.full((20, 8), 230, dtype=np.uint8)
    pixels_HW[:, 2:6] = 10
    assert border_colour(Image.fromarray(pixels_HW)) == (230,)


def test_stretching_shows_the_whole_picture_from_side_to_side(tmp_path: Path) -> None:
    columns_HWC = np.repeat(np.arange(0, 240, 20), 3).reshape(1, 12, 3).repeat(4, axis=0)
    image_CHW = read_picture(saved(tmp_path / "a.png", columns_HWC), size=4, channels=1, fit="stretch")
    wanted = Image.fromarray(columns_HWC.astype(np.uint8)).convert("L").resize((4, 4), Image.Resampling.BILINEAR)
    assert image_CHW[0].tolist() == np.asarray(wanted).tolist()
    assert image_CHW[0, 0, 0] < 40 < 180 < image_CHW[0, 0, 3]


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 2), (40, 20)])
def test_any_shape_becomes_the_asked_square_in_every_fit(tmp_path: Path, shape: tuple[int, int], fit: Fit) -> None:
    path = saved(tmp_path / "a.png", np.full((*shape, 3), 9))
    for crop in (1.0, 0.3):
        image_CHW = read_picture(path, size=16, channels=1, crop=crop, fit=fit)
        assert image_CHW.shape == (1, 16, 16)
        assert image_CHW.eq(9).all()


@pytest.mark.parametrize("fit", ["pad", "stretch"])
def test_a_cropped_part_of_both_sides_is_what_is_fitted(tmp_path: Path, fit: Fit) -> None:
    pixels_HWC = noise(40, 24)
    whole, part = saved(tmp_path / "a.png", pixels_HWC), saved(tmp_path / "b.png", pixels_HWC[10:30, 6:18])
    wanted = read_picture(part, size=8, channels=3, fit=fit)
    assert torch.equal(read_picture(whole, size=8, channels=3, crop=0.5, fit=fit), wanted)


@pytest.mark.parametrize("fit", FITS)
def test_a_cameras_orientation_comes_before_the_fit(tmp_path: Path, fit: Fit) -> None:
    pixels_HWC = noise(30, 20)
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: to be turned clockwise
    Image.fromarray(np.rot90(pixels_HWC).astype(np.uint8)).save(tmp_path / "a.png", exif=exif)
    wanted = read_picture(saved(tmp_path / "b.png", pixels_HWC), size=16, channels=3, fit=fit)
    assert torch.equal(read_picture(tmp_path / "a.png", size=16, channels=3, fit=fit), wanted)


def test_a_white_drawing_on_transparent_ground_is_laid_on_black_and_any_other_on_white(tmp_path: Path) -> None:
    pixels_HWC = np.zeros((8, 8, 4))
    pixels_HWC[2:6, 2:6] = (250, 252, 255, 255)
    pixels_HWC[1, 2:6] = (255, 255, 255, 90)
    image_CHW = read_picture(saved(tmp_path / "a.png", pixels_HWC), size=8, channels=1)
    assert image_CHW[0, [0, 3, 1], [0, 3, 3]].tolist() == [0, 252, 90]
    pixels_HWC[2, 2] = (180, 180, 180, 255)  # one grey pixel of sixteen is to be seen on white
    image_CHW = read_picture(saved(tmp_path / "b.png", pixels_HWC), size=8, channels=1)
    assert image_CHW[0, [0, 2], [0, 2]].tolist() == [255, 180]


def test_a_run_without_the_argument_frames_its_files_as_before() -> None:
    assert framing_of({"size": 8}) == Framing(crop=1.0, fit="crop")
    assert framing_of({"crop": 0.5, "fit": "pad"}) == Framing(crop=0.5, fit="pad")
    assert framing_of({"crop": "auto", "fit": 3}) == Framing()  # a stranger's data set means something else by them
