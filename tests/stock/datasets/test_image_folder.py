"""Folders of images: labels, kinds of files, and files that are none."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ganlab_core.image_files.decode import read_picture
from ganlab_core.image_files.fit import FITS
from ganlab_core.interface.errors import GanlabError
from ganlab_core.stock.datasets.image_folder import image_folder
from ganlab_core.stock.datasets.imbalance import Imbalance
from ganlab_core.testing.fixtures import Ganlab


def save(path: Path, *, mode: str = "RGB", size: tuple[int, int] = (8, 8), colour: object = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)  # type: ignore[arg-type]
    return path


def means(image_CHW: Tensor) -> list[int]:
    return [round(value) for value in image_CHW.float().mean(dim=(1, 2)).tolist()]


def test_subfolders_are_classes_in_sorted_order_however_deep_the_images_lie(tmp_path: Path) -> None:
    save(tmp_path / "dog" / "b.png", colour=(20, 0, 0))
    save(tmp_path / "cat" / "deep" / "a.bmp", colour=(10, 0, 0))
    save(tmp_path / "cat" / "z.PNG", colour=(30, 0, 0))
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "cat" / "._z.png").write_text("a resource fork")
    data = image_folder(root=str(tmp_path), size=8)
    assert data.class_names == ("cat", "dog")
    assert data.labels_N is not None
    assert data.labels_N.tolist() == [0, 0, 1]
    assert data.images_NCHW[:, 0, 0, 0].tolist() == [10, 30, 20]
    assert data.images_NCHW.shape == (3, 3, 8, 8)


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    data = image_folder(root=str(tmp_path), size=4, channels=1)
    assert (data.labels_N, data.class_names, data.image_shape) == (None, (), (1, 4, 4))
    with pytest.raises(GanlabError, match="needs labels, and image-folder has none"):
        image_folder(root=str(tmp_path), size=4, imbalance=Imbalance(ratio=2.0))


def test_a_folder_with_classes_can_be_made_imbalanced(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        save(tmp_path / name)
    data = image_folder(root=str(tmp_path), size=4, imbalance=Imbalance(counts=(2, 1)))
    assert data.class_counts == (2, 1)


def test_images_beside_class_folders_are_refused_unless_classes_are_off(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    save(tmp_path / "cat" / "b.png")
    with pytest.raises(GanlabError, match=r"holds 1 images outside of its subfolders.*classes: none"):
        image_folder(root=str(tmp_path), size=4)
    assert image_folder(root=str(tmp_path), size=4, classes="none").labels_N is None


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir, lambda path: path.write_text("x")])
def test_a_root_without_images_is_refused(tmp_path: Path, make: object) -> None:
    root = tmp_path / "root"
    make(root)  # type: ignore[operator]
    with pytest.raises(GanlabError, match=r"root '.*root' (is no folder|holds no readable image)"):
        image_folder(root=str(root), size=4)


def test_an_unreadable_file_stops_with_its_name_or_is_skipped_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = save(tmp_path / "good.png", size=(64, 64), colour=(1, 2, 3))
    (tmp_path / "cut.png").write_bytes(good.read_bytes()[:70])
    (tmp_path / "text.jpg").write_text("no image")
    with pytest.raises(GanlabError, match=r"cut\.png' cannot be read .*unreadable: skip"):
        image_folder(root=str(tmp_path), size=4)
    with caplog.at_level(logging.WARNING):
        data = image_folder(root=str(tmp_path), size=4, unreadable="skip")
    assert len(data) == 1
    assert sum("unreadable" in record.message for record in caplog.records) == 1
    assert "skipped 2 unreadable files" in caplog.text
    assert "cut.png" in caplog.text
    assert "text.jpg" in caplog.text


def test_a_folder_of_unreadable_files_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(GanlabError, match="holds no readable image"):
        image_folder(root=str(tmp_path), size=4, unreadable="skip")


@pytest.mark.parametrize("factor", [1.5, 3.0], ids=["where PIL warns", "where PIL stops"])
def test_of_too_many_pixels_the_message_says_how_many_and_what_to_raise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    save(tmp_path / "bomb.png", mode="1", size=(1500, 1000))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", int(1_500_000 / factor))
    with pytest.raises(
        GanlabError, match=r"bomb\.png' cannot be read .*1500 x 1000, 2 megapixels.*raise `megapixels` to 2"
    ):
        image_folder(root=str(tmp_path), size=4, megapixels=1)
    assert len(image_folder(root=str(tmp_path), size=4, megapixels=2)) == 1


def test_an_eps_program_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n")
    with pytest.raises(GanlabError, match="UnidentifiedImageError"):
        image_folder(root=str(tmp_path), size=4)


def test_links_that_leave_the_root_are_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tmp_path / "root"
    inside = save(root / "a" / "1.png")
    outside = save(tmp_path / "secret" / "2.png")
    (root / "a" / "inside.png").symlink_to(inside)
    (root / "a" / "outside.png").symlink_to(outside)
    (root / "a" / "broken.png").symlink_to(tmp_path / "nowhere.png")
    (root / "b").symlink_to(outside.parent, target_is_directory=True)
    os.mkfifo(root / "a" / "pipe.png")
    with caplog.at_level(logging.WARNING):
        data = image_folder(root=str(root), size=4)
    assert data.class_counts == (2,)
    assert "passed over 1 links" in caplog.text


@pytest.mark.parametrize(
    ("mode", "suffix", "colour", "expected"),
    [
        ("RGB", "png", (10, 20, 30), [10, 20, 30]),
        ("L", "png", 77, [77, 77, 77]),
        ("1", "png", 1, [255, 255, 255]),
        ("P", "png", 0, [0, 0, 0]),
        ("CMYK", "tif", (0, 255, 255, 0), [255, 0, 0]),
        ("I;16", "png", 257 * 100, [100, 100, 100]),
        ("I;16", "tif", 257 * 100, [100, 100, 100]),
        ("RGBA", "png", (0, 0, 0, 0), [255, 255, 255]),
        ("RGBA", "png", (200, 0, 0, 255), [200, 0, 0]),
        ("LA", "png", (0, 51), [204, 204, 204]),
    ],
)
def test_every_kind_of_pixel_becomes_eight_bit_rgb(
    tmp_path: Path, mode: str, suffix: str, colour: object, expected: list[int]
) -> None:
    path = save(tmp_path / f"a.{suffix}", mode=mode, colour=colour)
    assert means(read_picture(path, size=4, channels=3)) == expected


def test_a_palettes_transparent_colour_is_laid_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.save(tmp_path / "a.gif", transparency=0)
    assert means(read_picture(tmp_path / "a.gif", size=4, channels=3)) == [255, 255, 255]


def test_pixels_of_one_value_are_read_in_the_range_that_their_kind_has(tmp_path: Path) -> None:
    for mode, colour, seen in (("F", 0.4, 102), ("I", 70_000, 255), ("I;16", 257 * 10, 10)):
        save(tmp_path / mode / "a.tif", mode=mode, colour=colour)
        assert image_folder(root=str(tmp_path / mode), size=4).images_NCHW.unique().tolist() == [seen]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (40, 20)])
def test_any_shape_becomes_the_asked_square(tmp_path: Path, shape: tuple[int, int]) -> None:
    path = save(tmp_path / "a.png", size=shape, colour=(9, 9, 9))
    image_CHW = read_picture(path, size=16, channels=1)
    assert image_CHW.shape == (1, 16, 16)
    assert image_CHW.eq(9).all()


def test_the_centre_is_kept(tmp_path: Path) -> None:
    pixels_HW = np.zeros((4, 12), dtype=np.uint8)
    pixels_HW[:, 4:8] = np.arange(16).reshape(4, 4)
    Image.fromarray(pixels_HW).save(tmp_path / "a.png")
    image_CHW = read_picture(tmp_path / "a.png", size=4, channels=1)
    assert torch.equal(image_CHW[0], torch.arange(16, dtype=torch.uint8).reshape(4, 4))


def test_the_fit_is_an_argument_and_the_default_crops(tmp_path: Path) -> None:
    save(tmp_path / "a.png", size=(12, 4))
    for fit in FITS:
        data = image_folder(root=str(tmp_path), size=4, fit=fit)
        assert torch.equal(data.images_NCHW[0], read_picture(tmp_path / "a.png", size=4, channels=3, fit=fit))
    default = image_folder(root=str(tmp_path), size=4)
    assert default.content_hash == image_folder(root=str(tmp_path), size=4, fit="crop").content_hash


def test_another_fit_is_refused_with_those_that_there_are(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    tiny["dataset"] = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1, "fit": "squeeze"}
    Path("recipe.yaml").write_text(json.dumps(tiny))
    outcome = ganlab("validate", "recipe.yaml")
    assert outcome.code == 1
    assert "dataset.fit: should be 'pad', 'crop' or 'stretch', not 'squeeze'" in outcome.err


def test_a_cameras_orientation_is_applied(tmp_path: Path) -> None:
    pixels_HW = np.zeros((8, 8), dtype=np.uint8)
    pixels_HW[:4] = 200
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(pixels_HW).save(tmp_path / "a.png", exif=exif)
    image_CHW = read_picture(tmp_path / "a.png", size=8, channels=1)
    assert image_CHW[0, :4].eq(0).all()
    assert image_CHW[0, 4:].eq(200).all()


def test_an_imbalance_that_cannot_be_drawn_is_told_before_any_image_is_read(tmp_path: Path) -> None:
    for name in ("cat/a.png", "dog/b.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()  # no image: whoever opens one will say so
    with pytest.raises(GanlabError, match="imbalance asks for 2 images of class 'cat', and image-folder has 1"):
        image_folder(root=str(tmp_path), size=4, imbalance=Imbalance(counts=(2, 1)))


def test_images_that_do_not_fit_into_memory_are_told_before_any_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(GanlabError, match="image-folder: 1 images of 10000000 x 10000000 x 3 take 600 TB of memory"):
        image_folder(root=str(tmp_path), size=10**7)


def test_the_home_folder_of_nobody_is_no_folder() -> None:
    with pytest.raises(GanlabError, match="root '~nobody-here/photos' is no folder"):
        image_folder(root="~nobody-here/photos", size=4)
