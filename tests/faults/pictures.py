"""Row 10: images and IDX files that are broken, hostile or unusual."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from tests.examples.small_folders import write_mnist
from tests.faults.harness import RECIPE, Bench, ganlab

_IMAGES = 12


def pictures(bench: Bench) -> None:
    """A broken file is named; it stops the run, or is skipped and counted, as the recipe says."""
    folder = bench.new("pictures")
    for number in range(_IMAGES):
        _save(folder / "images" / f"{number}.png", "RGB", seed=number)
    train = ("train", _recipe(folder, use="image-folder", root="images", size=16), "--run")
    for name, content in bench.some(list(_BROKEN.items()), 0):
        bad = folder / "images" / "bad.png"
        bad.write_bytes(content())
        with bench.case(f"{name}: stop"):
            ganlab(folder, *train, f"stop-{name}").require_message("bad.png", "unreadable: skip")
        with bench.case(f"{name}: skip"):
            outcome = ganlab(folder, *train, f"skip-{name}", "--set", "dataset.unreadable=skip")
            outcome.require_done()
            assert "skipped 1 unreadable files" in outcome.err, outcome.err
            assert f"{_IMAGES} images" in outcome.out, outcome.out
        bad.unlink()
    for name, mode in bench.some(list(_UNUSUAL.items()), 0):
        with bench.case(name):
            file = _save(folder / "images" / f"odd{'.jpg' if mode == 'CMYK' else '.png'}", mode, seed=99)
            outcome = ganlab(folder, *train, f"odd-{name}")
            outcome.require_done()
            assert f"{_IMAGES + 1} images" in outcome.out, outcome.out
            file.unlink()
    for name, build in bench.some(list(_SOUND.items()), 0):
        with bench.case(f"{name}: read all the same"):
            file = folder / "images" / name
            file.write_bytes(build())
            outcome = ganlab(folder, *train, f"sound-{name}")
            outcome.require_done()
            assert f"{_IMAGES + 1} images" in outcome.out, outcome.out
            file.unlink()
    with bench.case("1x1"):
        Image.new("RGB", (1, 1), "red").save(folder / "images" / "dot.png")
        ganlab(folder, *train, "dot").require_done()
    _collections(bench)
    _passed_over(bench)
    _idx_files(bench, folder)


def _collections(bench: Bench) -> None:
    """Folders whose pixels are not what they seem: read so that they are seen, and said."""
    for name, (picture, said) in bench.some(list(_COLLECTIONS.items()), 0):
        with bench.case(name):
            folder = bench.new(f"collection-{name}")
            (folder / "images").mkdir()
            for number in range(_IMAGES):
                picture(number).save(folder / "images" / f"{number}.tif")
            train = ("train", _recipe(folder, use="image-folder", root="images", size=16), "--run", "run")
            outcome = ganlab(folder, *train)
            outcome.require_done()
            assert said in outcome.err, outcome.err
    with bench.case("a large picture of 16 bits"):
        folder = bench.new("large")
        for number in range(2, _IMAGES):
            _save(folder / "images" / f"{number}.png", "RGB", seed=number)
        _save_sixteen_bits(folder / "images" / "1.png", width=13_000, height=6_800)
        outcome = ganlab(folder, "train", _recipe(folder, use="image-folder", root="images", size=16), "--run", "run")
        outcome.require_done()
        assert outcome.peak < 2200, f"it took {outcome.peak:.0f} MiB"


def _passed_over(bench: Bench) -> None:
    """What lies beside images is counted, with the way out."""
    folder = bench.new("beside")
    for number in range(_IMAGES):
        _save(folder / "images" / f"{number}.png", "RGB", seed=number)
    (folder / "elsewhere").mkdir()
    (folder / "images" / "linked").symlink_to(folder / "elsewhere", target_is_directory=True)
    for name in ("a.cr2", "b.mp4", "c.zip", "d.json", "@eaDir/0.png", "._0.png", ".hidden.png"):
        (folder / "images" / name).parent.mkdir(exist_ok=True)
        (folder / "images" / name).write_bytes(b"")
    (folder / "images" / "download").write_bytes((folder / "images" / "0.png").read_bytes())
    with bench.case("what is passed over"):
        outcome = ganlab(folder, "train", _recipe(folder, use="image-folder", root="images", size=16), "--run", "run")
        outcome.require_done()
        assert f"{_IMAGES} images" in outcome.out, outcome.out
        for said in _SAID:
            assert f"passed over {said}" in outcome.err, f"{said}: {outcome.err}"
    with bench.case("an archive in place of a folder"):
        (folder / "photos.zip").write_bytes(b"PK")
        recipe = _recipe(folder, use="image-folder", root="photos.zip", size=16)
        ganlab(folder, "train", recipe, "--run", "zip").require_message("photos.zip", "unpack it")


def _idx_files(bench: Bench, folder: Path) -> None:
    (folder / "idx").mkdir()
    write_mnist(folder / "idx")
    train = ("train", _recipe(folder, use="mnist", root="idx", size=16), "--run")
    file = folder / "idx" / "train-images-idx3-ubyte"
    whole = file.read_bytes()
    with bench.case("whole IDX files"):
        ganlab(folder, *train, "whole-idx").require_done()
    for name, damage in bench.some(list(_IDX.items()), 0):
        with bench.case(f"IDX {name}"):
            file.write_bytes(damage(whole))
            outcome = ganlab(folder, *train, f"idx-{name}")
            outcome.require_message(file.name)
            assert outcome.peak < 1200, f"it took {outcome.peak:.0f} MiB"
    file.unlink()
    for name, packed in bench.some(list(_PACKED.items()), 0):
        with bench.case(f"IDX {name}"):
            file.with_suffix(".gz").write_bytes(packed(whole))
            outcome = ganlab(folder, *train, f"idx-{name}")
            outcome.require_message(file.name)
            assert outcome.peak < 1200, f"it took {outcome.peak:.0f} MiB"


def _recipe(folder: Path, **dataset: object) -> Path:
    file = folder / f"{dataset['use']}.yaml"
    file.write_text(json.dumps(RECIPE | {"dataset": dataset, "steps": 1}))
    return file


def _save(path: Path, mode: str, *, seed: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    pixels_HWC = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    if mode == "I;16":
        Image.fromarray(pixels_HWC[..., 0].astype(np.uint16) * 256).save(path)
    else:
        Image.fromarray(pixels_HWC).convert(mode).save(path)
    return path


def _png() -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(stream, "png")
    return stream.getvalue()


def _save_sixteen_bits(path: Path, *, width: int, height: int) -> None:
    """Zeros, which take a few hundred kilobytes."""
    Image.fromarray(np.zeros((height, width), dtype=np.uint16)).save(path)


def _with_metadata(format_: str, **metadata: Any) -> Callable[[], bytes]:
    def build() -> bytes:
        stream = io.BytesIO()
        Image.effect_noise((20, 20), 50).convert("RGB").save(stream, format_, **metadata)
        return stream.getvalue()

    return build


def _long_text() -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "x" * 3_000_000, zip=True)
    return text


def _deep(number: int) -> Image.Image:
    values_HW = np.random.default_rng(number).integers(0, 1024, (20, 20))
    return Image.fromarray(values_HW.astype(np.uint16))


def _dim(number: int) -> Image.Image:
    values_HW = np.random.default_rng(number).uniform(0.1, 0.12, (20, 20))
    return Image.fromarray(values_HW.astype(np.float32))


def _white(number: int) -> Image.Image:
    pixels_HWC = np.full((20, 20, 4), 255, dtype=np.uint8)
    pixels_HWC[..., 3] = np.random.default_rng(number).integers(0, 256, (20, 20))
    return Image.fromarray(pixels_HWC)


def _plain(number: int) -> Image.Image:
    return Image.new("RGB", (20, 20), (number, 0, 0))


def _bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _idx(*sizes: int, magic: int = 0x0803) -> bytes:
    return struct.pack(f">{1 + len(sizes)}I", magic, *sizes)


_BROKEN: dict[str, Callable[[], bytes]] = {
    "truncated": lambda: _png()[:-800],
    "empty": lambda: b"",
    "text": lambda: b"no image at all",
    "decompression-bomb": _bomb,
    "wrong-header": lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
}
_SOUND: dict[str, Callable[[], bytes]] = {
    "exif.png": _with_metadata("png", exif=b"Exif\0\0nonsense"),
    "exif.webp": _with_metadata("webp", exif=b"Exif\0\0nonsense"),
    "exif.jpg": _with_metadata("jpeg", exif=b"Exif\0\0nonsense"),
    "profile.jpg": _with_metadata("jpeg", icc_profile=b"nonsense"),
    "profile.png": _with_metadata("png", icc_profile=b"nonsense"),
    "text.png": _with_metadata("png", pnginfo=_long_text()),
}
_COLLECTIONS: dict[str, tuple[Callable[[int], Image.Image], str]] = {
    "ten bits": (_deep, "values of 0 to 1023 are read as black to white"),
    "dim floats": (_dim, "of floating-point pixels, values of 0.1"),
    "white on transparent": (_white, "transparent pictures are laid on black"),
    "blank": (_plain, "images are blank or nearly so"),
}
_SAID = (
    "1 raw photo (.cr2): export them as JPEG",
    "1 video (.mp4)",
    "1 archive (.zip): unpack them",
    "1 other file (.json)",
    "2 thumbnails and other leavings",
    "1 hidden file or folder",
    "1 link to a folder: follow them",
    "1 image without an image's suffix, such as 'download'",
)
_UNUSUAL = {"CMYK": "CMYK", "palette": "P", "16-bit": "I;16", "one-bit": "1", "transparent": "RGBA"}
_IDX: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda whole: whole[: len(whole) // 2],
    "empty": lambda whole: b"",
    "header-alone": lambda whole: whole[:16],
    "half-a-header": lambda whole: whole[:9],
    "bad-magic": lambda whole: _idx(60, 28, 28, magic=0x12345678) + whole[16:],
    "another-type": lambda whole: _idx(60, 28, 28, magic=0x0D03) + whole[16:],
    "no-dimensions": lambda whole: _idx(magic=0x0800) + whole[16:],
    "huge-dimensions": lambda whole: _idx(1 << 31, 1 << 31, 1 << 31) + whole[16:],
    "many-dimensions": lambda whole: _idx(*[1] * 255, magic=0x08FF) + whole[16:],
    "other-size": lambda whole: _idx(60, 27, 28) + whole[16 : 16 + 60 * 27 * 28],
}
_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip-truncated": lambda whole: gzip.compress(whole)[:-100],
    "gzip-of-nothing": lambda whole: b"",
    "gzip-that-is-none": lambda whole: b"plain text",
    "gzip-with-a-wrong-sum": lambda whole: gzip.compress(whole)[:-8] + bytes(8),
    "gzip-bomb": lambda whole: gzip.compress(_idx(60, 28, 28) + bytes(3 << 30), 9),
}
