"""Row 10: images and IDX files that are broken, hostile or unusual."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

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
    with bench.case("1x1"):
        Image.new("RGB", (1, 1), "red").save(folder / "images" / "dot.png")
        ganlab(folder, *train, "dot").require_done()
    _idx_files(bench, folder)


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
