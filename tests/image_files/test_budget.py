"""Memory of decoding: known from the header, bounded, and shared by all threads."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlab_core.image_files import budget, depth, opaque
from ganlab_core.image_files.budget import BUDGET, budget_bytes
from ganlab_core.image_files.decode import decode_picture, picture_warnings, read_picture
from ganlab_core.image_files.opening import opened
from ganlab_core.image_files.unreadable import UnreadableError


def test_threads_together_take_no_more_than_there_is() -> None:
    together: list[int] = []
    most = 0
    total = budget_bytes(1)

    def take() -> None:
        nonlocal most
        with BUDGET.taken(total * 2 // 5, megapixels=1):
            together.append(1)
            most = max(most, len(together))
            time.sleep(0.02)
            together.pop()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert most == 2


def test_what_needs_more_than_there_is_goes_alone_and_does_not_wait_for_ever() -> None:
    with BUDGET.taken(10 * budget_bytes(1), megapixels=1):
        assert BUDGET._taken == budget_bytes(1)
    assert BUDGET._taken == 0


@pytest.mark.parametrize(("mode", "bytes_a_pixel"), [("L", 6), ("P", 6), ("RGB", 12), ("CMYK", 12), ("RGBA", 12)])
def test_what_a_picture_takes_is_known_from_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, bytes_a_pixel: int
) -> None:
    asked: list[int] = []
    take = budget._Budget.taken

    def watched(self: budget._Budget, needed: int, *, megapixels: int) -> object:
        asked.append(needed)
        return take(self, needed, megapixels=megapixels)

    monkeypatch.setattr(budget._Budget, "taken", watched)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (40, 30)).save(path)
    read_picture(path, size=8, channels=3)
    assert asked == [40 * 30 * bytes_a_pixel]


def test_a_jpeg_of_too_many_pixels_is_decoded_smaller(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.linear_gradient("L").resize((3000, 2000)).save(path)
    with picture_warnings():
        small = decode_picture(path, size=16, channels=1, megapixels=2)
        whole = decode_picture(path, size=16, channels=1, megapixels=6)
    assert (small.facts.width, whole.facts.width) == (1500, 3000)
    assert int((small.image_CHW.int() - whole.image_CHW.int()).abs().max()) <= 3


def test_a_progressive_jpeg_whose_coefficients_do_not_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("L", (3000, 2000)).save(path, progressive=True)
    said = r"3000 x 2000, 6 megapixels, and 1 are read; .*`megapixels` to 6"
    with picture_warnings(), pytest.raises(UnreadableError, match=said):
        decode_picture(path, size=16, channels=1, megapixels=1)


@pytest.mark.parametrize("mode", ["L", "RGBA", "I;16", "P"])
def test_strips_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    values_HW = np.random.default_rng(0).integers(0, 256, (50, 37))
    if mode == "I;16":
        image = Image.fromarray((values_HW * 200).astype(np.uint16))
    else:
        image = Image.fromarray(np.repeat(values_HW[..., None], 4, axis=2).astype(np.uint8)).convert(mode)
    image.save(tmp_path / "a.tif")
    whole = read_picture(tmp_path / "a.tif", size=37, channels=3)
    monkeypatch.setattr(depth, "_STRIP", 100)
    monkeypatch.setattr(opaque, "_STRIP", 100)
    assert read_picture(tmp_path / "a.tif", size=37, channels=3).equal(whole)


def test_a_header_alone_says_too_much(tmp_path: Path) -> None:
    Image.new("1", (9000, 400)).save(tmp_path / "a.png")
    refused = pytest.raises(UnreadableError, match="9000 x 400, 4 megapixels")
    with (tmp_path / "a.png").open("rb") as file, refused, opened(file, megapixels=3):
        raise AssertionError("it is not decoded")
