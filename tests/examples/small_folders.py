"""Small folders for recipes whose data set needs one, written by the tests: one writer a data set.

A writer fills a folder and tells which overrides let a shipped recipe train on it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

Writer = Callable[[Path], list[str]]


def write_people(folder: Path) -> list[str]:
    """As many people as the paper has, of one or two frames each."""
    for person in range(40):
        for frame in range(1 + person % 2):
            _save_noise(folder / f"person_{person}" / "0" / f"0.{frame}.png", seed=2 * person + frame)
    return [f"dataset.root={folder}", "dataset.every=1"]


def write_renderings(folder: Path) -> list[str]:
    """Two categories of twelve pictures."""
    for picture in range(24):
        _save_noise(folder / ("car", "chair")[picture % 2] / f"{picture}.png", seed=picture)
    return [f"dataset.root={folder}", "prior.code.classes=2"]


def write_mnist(folder: Path) -> list[str]:
    """IDX files of 60 digits to train on and 20 to test with."""
    for prefix, count in (("train", 60), ("t10k", 20)):
        images_NHW = np.random.default_rng(count).integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels_N = np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{prefix}-images-idx3-ubyte", images_NHW), (f"{prefix}-labels-idx1-ubyte", labels_N)):
            header = struct.pack(f">{array.ndim + 1}I", 0x0800 + array.ndim, *array.shape)
            (folder / name).write_bytes(header + array.tobytes())
    return [f"dataset.root={folder}", "~dataset.imbalance"]


WRITERS: dict[str, Writer] = {
    "identity-folder": write_people,
    "image-folder": write_renderings,
    "mnist": write_mnist,
}
"""By the name of the data set; one that needs no folder is not here."""


def _save_noise(path: Path, *, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels_HWC = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels_HWC).save(path)
