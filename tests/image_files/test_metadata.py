"""Metadata never cost a picture: where they are broken, the pixels are read as without them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, PngImagePlugin

from ganlab_core.image_files.decode import read_picture
from ganlab_core.image_files.unreadable import UnreadableError
from tests.image_files.pngs import chunk, with_chunk

NONSENSE = b"Exif\0\0nonsense"
SEGMENTS = {
    0xE1: b"Exif\0\0II*\0\xff\xff\xff\xff",
    0xE2: b"MPF\0II*\0\xff",
    0xED: b"Photoshop 3.0\x008BIM\xff",
    0xFE: b"",
}


@pytest.fixture
def image() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8))


def seen(path: Path) -> torch.Tensor:
    return read_picture(path, size=10, channels=3)


@pytest.mark.parametrize("suffix", ["png", "webp", "jpg"])
def test_broken_exif(tmp_path: Path, image: Image.Image, suffix: str) -> None:
    image.save(tmp_path / f"a.{suffix}")
    image.save(tmp_path / f"b.{suffix}", exif=NONSENSE)
    assert torch.equal(seen(tmp_path / f"b.{suffix}"), seen(tmp_path / f"a.{suffix}"))


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(
    "new",
    [
        chunk(b"zTXt", b"prompt\0\0not compressed"),
        chunk(b"iTXt", b"prompt"),
        chunk(b"iCCP", b"profile"),
        chunk(b"eXIf", b"II"),
        chunk(b"tEXt", b"a\0b", checksum=7),
        chunk(b"pHYs", b""),
        chunk(b"gAMA", b""),
        chunk(b"cHRM", b"1"),
        chunk(b"sRGB", b""),
        chunk(b"acTL", b""),
    ],
    ids=["zTXt", "iTXt", "iCCP", "eXIf", "checksum", "pHYs", "gAMA", "cHRM", "sRGB", "acTL"],
)
def test_broken_chunks_of_a_png(tmp_path: Path, image: Image.Image, new: bytes, last: bool) -> None:
    image.save(tmp_path / "a.png")
    wanted = seen(tmp_path / "a.png")
    assert torch.equal(seen(with_chunk(tmp_path / "a.png", new, last=last)), wanted)


def test_long_texts_of_a_png(tmp_path: Path, image: Image.Image) -> None:
    long, raw = PngImagePlugin.PngInfo(), PngImagePlugin.PngInfo()
    long.add_text("prompt", "x" * 3_000_000, zip=True)
    raw.add_text("Raw profile type exif", "\nexif\n      20\n45786966")
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.png", pnginfo=long)
    image.save(tmp_path / "c.png", pnginfo=raw)
    for name in ("b.png", "c.png"):
        assert torch.equal(seen(tmp_path / name), seen(tmp_path / "a.png"))


@pytest.mark.parametrize("marker", SEGMENTS)
def test_broken_segments_of_a_jpeg(tmp_path: Path, image: Image.Image, marker: int) -> None:
    image.save(tmp_path / "a.jpg")
    wanted, content = seen(tmp_path / "a.jpg"), (tmp_path / "a.jpg").read_bytes()
    segment = bytes([0xFF, marker]) + struct.pack(">H", 2 + len(SEGMENTS[marker])) + SEGMENTS[marker]
    (tmp_path / "a.jpg").write_bytes(content[:2] + segment + content[2:])
    assert torch.equal(seen(tmp_path / "a.jpg"), wanted)


def test_a_chunk_of_webp_that_is_cut_off_behind_the_picture(tmp_path: Path, image: Image.Image) -> None:
    image.save(tmp_path / "a.webp", lossless=True)
    image.save(tmp_path / "b.webp", lossless=True, exif=b"Exif\0\0" + bytes(40), xmp=b"<x>" * 20)
    (tmp_path / "b.webp").write_bytes((tmp_path / "b.webp").read_bytes()[:-30])
    assert torch.equal(seen(tmp_path / "b.webp"), seen(tmp_path / "a.webp"))


def test_the_orientation_is_used_although_other_metadata_are_broken(tmp_path: Path, image: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.png")
    Image.fromarray(np.rot90(np.asarray(image))).save(tmp_path / "b.png", exif=exif)
    with_chunk(tmp_path / "b.png", chunk(b"zTXt", b"prompt\0\0not compressed"))
    assert torch.equal(seen(tmp_path / "b.png"), seen(tmp_path / "a.png"))


@pytest.mark.parametrize("orientation", [0, 9])
def test_an_orientation_that_is_none_is_ignored(tmp_path: Path, image: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.png", exif=exif)
    assert torch.equal(seen(tmp_path / "b.png"), seen(tmp_path / "a.png"))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_pixels_that_are_cut_off_stay_unreadable(tmp_path: Path, image: Image.Image, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    image.resize((60, 60)).save(path, exif=NONSENSE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(UnreadableError):
        seen(path)


def test_damaged_pixels_of_a_png_stay_unreadable(tmp_path: Path, image: Image.Image) -> None:
    image.save(tmp_path / "a.png", exif=NONSENSE)
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[content.index(b"IDAT") + 40] ^= 0xFF
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableError):
        seen(tmp_path / "a.png")


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(UnreadableError, match="it is empty"):
        seen(tmp_path / "a.png")


def test_lab_is_read_by_colour_management(tmp_path: Path, image: Image.Image) -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    ImageCms.buildTransform(srgb, lab, "RGB", "LAB").apply(image).save(tmp_path / "a.tif")
    image.save(tmp_path / "b.png")
    apart = (seen(tmp_path / "a.tif").int() - seen(tmp_path / "b.png").int()).abs()
    assert float(apart.float().mean()) < 4
