"""Batches of files: their order, how far ahead they are read, and warnings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from ganlab_core.image_files.batches import picture_batches
from ganlab_core.image_files.pictures import PictureBatch, read_pictures


def grey_files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{index:03d}.png" for index in range(count)]
    for index, path in enumerate(paths):
        Image.new("L", (4, 4), index).save(path)
    return paths


def test_batches_come_in_the_files_order_whatever_the_threads(tmp_path: Path) -> None:
    paths = grey_files(tmp_path, 50)
    read = partial(read_pictures, size=4, channels=1)
    with picture_batches(lambda: iter(paths), read, batch_size=7) as batches:
        found = list(batches)
    assert [len(batch.paths) for batch in found] == [7] * 7 + [1]
    assert [path for batch in found for path in batch.paths] == paths
    assert torch.cat([batch.images_NCHW for batch in found])[:, 0, 0, 0].tolist() == list(range(50))


def test_only_a_few_batches_are_read_ahead(tmp_path: Path) -> None:
    asked = 0

    def endless() -> Iterator[Path]:
        nonlocal asked
        while True:
            asked += 1
            yield tmp_path / "none.png"

    with picture_batches(endless, partial(read_pictures, size=4, channels=1), batch_size=10) as batches:
        next(batches)
        assert asked <= 10 * 12
        for _ in range(20):
            next(batches)
        assert asked <= 10 * (21 + 12)


def test_a_batch_of_unreadable_files_is_empty_and_names_them(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    batch = read_pictures([tmp_path / "a.png"], size=4, channels=3)
    assert isinstance(batch, PictureBatch)
    assert batch.images_NCHW.shape == (0, 3, 4, 4)
    assert [file.path.name for file in batch.unreadable] == ["a.png"]
    assert "UnidentifiedImageError" in batch.unreadable[0].reason


def test_the_warning_filters_are_as_before(tmp_path: Path) -> None:
    paths = grey_files(tmp_path, 30)
    before = list(warnings.filters)
    with picture_batches(lambda: iter(paths), partial(read_pictures, size=4, channels=1), batch_size=2) as batches:
        assert len(list(batches)) == 15
    assert list(warnings.filters) == before
