"""Reading image files by threads: as one after the other would, and at a bad one too."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from ganlab_core.image_files import read as image_files
from ganlab_core.image_files.decode import Decoded, decode_picture, read_picture
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.read import read_images
from ganlab_core.interface.errors import GanlabError


def grey_files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{index:03d}.png" for index in range(count)]
    for index, path in enumerate(paths):
        Image.new("L", (6, 4), index).save(path)
    return paths


def test_threads_read_what_one_after_the_other_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = grey_files(tmp_path, 100)
    both = threading.Barrier(2)  # broken, and the test with it, unless two threads decode at once

    def decode(path: Path, *, size: int, channels: int, crop: float, fit: Fit, **others: Any) -> Decoded:
        if path in (paths[0], paths[20]):
            both.wait(timeout=10)
        return decode_picture(path, size=size, channels=channels, crop=crop, fit=fit, **others)

    monkeypatch.setattr(image_files, "decode_picture", decode)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    read = read_images(paths, size=4, channels=3, unreadable="stop", asked_by="test", crop=0.5, fit="pad")
    assert read.paths == tuple(paths)
    wanted = [read_picture(path, size=4, channels=3, crop=0.5, fit="pad") for path in paths]
    assert torch.equal(torch.stack(read.images_CHW), torch.stack(wanted))


def test_it_stops_at_the_first_unreadable_file_in_order_or_skips_all(tmp_path: Path) -> None:
    paths = grey_files(tmp_path, 60)
    for bad in (11, 12, 50):
        paths[bad].write_text("no image")
    with pytest.raises(GanlabError, match=r"test: '.*011\.png' cannot be read .*; repair or remove it"):
        read_images(paths, size=4, channels=1, unreadable="stop", asked_by="test")
    read = read_images(paths, size=4, channels=1, unreadable="skip", asked_by="test")
    good = [path for index, path in enumerate(paths) if index not in (11, 12, 50)]
    assert read.paths == tuple(good)
    assert [int(image_CHW[0, 0, 0]) for image_CHW in read.images_CHW] == [int(path.stem) for path in good]
