"""Headers say which files have a say in how a collection is read; a glance at the first bytes agrees with PIL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganlab_core.image_files import asking
from ganlab_core.image_files.asking import asks_for_tones
from ganlab_core.image_files.decode import Decoded, decode_picture, picture_warnings
from ganlab_core.image_files.survey import tones_of_files
from ganlab_core.interface.tones import Tones
from tests.image_files.pngs import chunk, save_sixteen_bits, with_chunk


@pytest.mark.parametrize("glances", [True, False])
@pytest.mark.parametrize(
    ("mode", "suffix", "wanted"),
    [
        ("RGB", "png", False),
        ("L", "png", False),
        ("P", "png", False),
        ("1", "png", False),
        ("RGB", "jpg", False),
        ("CMYK", "jpg", False),
        ("RGB", "webp", False),
        ("L", "bmp", False),
        ("RGBA", "png", True),
        ("LA", "png", True),
        ("I;16", "png", True),
        ("I;16", "tif", True),
        ("F", "tif", True),
        ("RGBA", "webp", True),
    ],
)
def test_headers_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, suffix: str, wanted: bool, glances: bool
) -> None:
    if not glances:
        monkeypatch.setattr(asking, "_is_plain", lambda head: False)
    Image.new(mode, (40, 40)).save(tmp_path / f"a.{suffix}")
    assert asks_for_tones(tmp_path / f"a.{suffix}") == wanted


def test_a_transparent_value_and_deep_colour_ask_and_so_does_what_cannot_be_read(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 3).save(tmp_path / "clear.png", transparency=3)
    Image.new("L", (8, 8), 3).save(tmp_path / "late.png", transparency=3)
    with_chunk(tmp_path / "late.png", chunk(b"prVt", bytes(5000)))
    save_sixteen_bits(tmp_path / "deep.png", np.zeros((8, 8, 3), dtype=np.uint16))
    (tmp_path / "none.png").write_text("no image")
    with picture_warnings():
        assert all(asks_for_tones(path) for path in tmp_path.iterdir())


def test_only_files_that_ask_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []

    def watched(path: Path, **options: Any) -> Decoded:
        decoded.append(path.name)
        return decode_picture(path, **options)

    monkeypatch.setattr("ganlab_core.image_files.pictures.decode_picture", watched)
    Image.new("L", (8, 8), 3).save(tmp_path / "plain.png")
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 16).save(tmp_path / "deep.png")
    assert tones_of_files(sorted(tmp_path.iterdir())) == Tones(integers=(0.0, 1023.0))
    assert decoded == ["deep.png"]
    whole = Tones((0.0, 1.0), (0.0, 1.0), "white")
    assert tones_of_files(iter([tmp_path / "gone.png"]), known=whole) == whole
