"""More than eight bits: one range for a collection, found from its files, whatever they hold."""

from __future__ import annotations

import logging
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab_core.image_files.decode import read_picture
from ganlab_core.image_files.depth import eight_bits, range_of
from ganlab_core.image_files.facts import Levels
from ganlab_core.image_files.read import ReadImages, read_images
from ganlab_core.interface.tones import Tones
from tests.image_files.pngs import save_sixteen_bits


def ramp(highest: float, *, lowest: float = 0.0, size: int = 16) -> np.ndarray:
    return np.linspace(lowest, highest, size * size).reshape(size, size)


def saved(path: Path, values: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


def save_tiff(path: Path, values_HWC: np.ndarray, *, order: str) -> Path:
    """An uncompressed TIFF of 16 bits a channel, which PIL does not write."""
    height, width, channels = values_HWC.shape
    head = 8 + 2 + 12 * 9 + 4
    tags = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, channels, head if channels == 3 else 16),
        (259, 3, 1, 1),
        (262, 3, 1, 2 if channels == 3 else 1),
        (273, 4, 1, head + 6),
        (277, 3, 1, channels),
        (278, 3, 1, height),
        (279, 4, 1, values_HWC.size * 2),
    ]
    content = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags))
    for number, kind, count, value in tags:
        is_short = kind == 3 and count == 1
        content += struct.pack(f"{order}HHI", number, kind, count)
        content += struct.pack(f"{order}HH" if is_short else f"{order}I", *((value, 0) if is_short else (value,)))
    content += struct.pack(f"{order}I3H", 0, 16, 16, 16)
    path.write_bytes(content + values_HWC.astype(f"{order}u2").tobytes())
    return path


def read(paths: list[Path], *, channels: int = 1, size: int = 16, tones: Tones | None = None) -> ReadImages:
    return read_images(paths, size=size, channels=channels, unreadable="stop", asked_by="test", tones=tones)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_integers_are_read_in_the_fewest_bits_that_hold_the_collection(tmp_path: Path, bits: int) -> None:
    end = 2**bits - 1
    values = [ramp(end).astype(np.uint16), ramp(end / 3).astype(np.uint16)]
    found = read([saved(tmp_path / f"{place}.png", each) for place, each in enumerate(values)])
    assert found.tones == Tones(integers=(0.0, float(end)))
    for image_CHW, each in zip(found.images_CHW, values, strict=True):
        assert np.array_equal(image_CHW[0].numpy(), np.round(each * (255 / end)).astype(np.uint8))


def test_all_sixteen_bits_are_read_as_they_always_were(tmp_path: Path) -> None:
    values_HW = np.random.default_rng(0).integers(0, 65536, (16, 16)).astype(np.uint16)
    path = saved(tmp_path / "a.png", values_HW)
    wanted = torch.from_numpy((values_HW.astype(np.int64) / 257).round().astype(np.uint8))
    assert torch.equal(read([path]).images_CHW[0][0], wanted)
    assert torch.equal(read_picture(path, size=16, channels=1)[0], wanted)
    colour_HWC = np.random.default_rng(0).integers(0, 65536, (16, 16, 3)).astype(np.uint16)
    path = save_sixteen_bits(tmp_path / "b.png", colour_HWC)
    seen_CHW = read([path], channels=3).images_CHW[0]
    assert np.array_equal(seen_CHW.permute(1, 2, 0).numpy(), np.asarray(Image.open(path)))  # PIL keeps the upper bits


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_ten_bits_of_any_png_are_read_from_black_to_white(tmp_path: Path, channels: int) -> None:
    values_HWC = np.repeat(ramp(1023)[..., None], channels, axis=2).round().astype(np.uint16)
    if channels in (2, 4):
        values_HWC[..., -1] = 65535
    path = save_sixteen_bits(tmp_path / "a.png", values_HWC[..., 0] if channels == 1 else values_HWC)
    seen = read([path]).images_CHW[0]
    assert np.array_equal(seen[0].numpy(), np.round(values_HWC[..., 0] / (1023 / 255)).astype(np.uint8))


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_order_of_bytes_makes_no_difference(tmp_path: Path, order: str) -> None:
    values_HW = ramp(4095).round().astype(np.uint16)
    path = save_tiff(tmp_path / "a.tif", values_HW[..., None], order=order)
    assert np.array_equal(read([path]).images_CHW[0][0].numpy(), np.round(values_HW / (4095 / 255)).astype(np.uint8))


@pytest.mark.parametrize("order", ["<", ">"])
def test_twelve_bits_of_a_colour_tiff_are_read_from_black_to_white(tmp_path: Path, order: str) -> None:
    values_HWC = np.stack([ramp(4095), ramp(4095)[::-1], ramp(2000)], axis=2).round().astype(np.uint16)
    path = save_tiff(tmp_path / "a.tif", values_HWC, order=order)
    seen_CHW = read([path], channels=3).images_CHW[0]
    wanted_HWC = np.round(values_HWC / (4095 / 255)).astype(np.uint8)
    assert np.array_equal(seen_CHW.permute(1, 2, 0).numpy(), wanted_HWC)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (ramp(1.0).astype(np.float32), Tones(floats=(0.0, 1.0))),
        (ramp(255.0).astype(np.float32), Tones(floats=(0.0, 255.0))),
        (ramp(1.0, lowest=-1.0).astype(np.float32), Tones(floats=(-1.0, 1.0))),
        (ramp(0.02, lowest=0.01).astype(np.float32), None),
        (ramp(3000, lowest=-1000).astype(np.int32), None),
        (ramp(100_000).astype(np.int32), None),
        (ramp(31_000, lowest=30_000).astype(np.uint16), None),
    ],
    ids=["unit", "eight bits", "signed unit", "dim", "CT", "counts", "offset"],
)
def test_floats_and_signed_and_narrow_values_are_seen_as_well(
    tmp_path: Path, values: np.ndarray, wanted: Tones | None
) -> None:
    found = read([saved(tmp_path / "a.tif", values)])
    if wanted is not None:
        assert found.tones == wanted
    assert int(found.images_CHW[0].max()) - int(found.images_CHW[0].min()) > 240


def test_what_is_no_number_is_black_and_does_not_move_the_range(tmp_path: Path) -> None:
    values = ramp(1.0).astype(np.float32)
    values[0, :4] = (np.nan, np.inf, -np.inf, 0.0)
    found = read([saved(tmp_path / "a.tif", values)])
    assert found.tones == Tones(floats=(0.0, 1.0))
    assert found.images_CHW[0][0, 0, :4].tolist() == [0, 255, 0, 0]


def test_a_hot_pixel_and_one_picture_of_another_kind_do_not_darken_the_others(tmp_path: Path) -> None:
    values = ramp(1000, size=64).astype(np.uint16)
    values[5, 5] = 65535
    paths = [saved(tmp_path / f"{place:03d}.png", values) for place in range(120)]
    saved(paths[7], ramp(65535, size=64).astype(np.uint16))
    found = read(paths, size=8)
    assert found.tones.integers == (0.0, 1023.0)


def test_the_range_of_a_run_is_kept_for_others_images(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", ramp(1000).astype(np.uint16))
    found = read([path], tones=Tones(integers=(0.0, 4095.0)))
    assert found.tones.integers == (0.0, 4095.0)
    assert int(found.images_CHW[0].max()) == round(1000 / (4095 / 255))


def test_what_range_was_found_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        read([saved(tmp_path / "a.png", ramp(1000).astype(np.uint16))])
        read([saved(tmp_path / "b.tif", ramp(1.0).astype(np.float32))])
    assert "test: of more than 8 bits, values of 0 to 1023 are read as black to white" in caplog.text
    assert "test: of floating-point pixels, values of 0 to 1 are read as black to white" in caplog.text
    caplog.clear()
    read([saved(tmp_path / "c.png", ramp(65535).astype(np.uint16))])
    assert not caplog.text


def test_eight_bits_are_those_of_a_naive_loop() -> None:
    values = np.random.default_rng(0).uniform(-2, 5, (7, 9))
    wanted = [[min(max(round((value + 1) / (4 / 255)), 0), 255) for value in row] for row in values.tolist()]
    assert eight_bits(values, (-1.0, 3.0)).tolist() == wanted


def test_a_range_is_needed_only_where_something_differs() -> None:
    assert range_of([Levels("integers", 5.0, 5.0, (0.0, 65535.0))]) == (0.0, 65535.0)
    assert range_of([Levels("floats", 0.25, 0.25, (0.0, 1.0))]) == (0.0, 1.0)
