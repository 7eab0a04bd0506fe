"""`found.json`: what is written is read back, and what it says of sizes fits the counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ganlab_core.runs.found import Found, read_found, write_found

FOUND = Found(
    counts=(30, 0, 10),
    mean_confidences=(0.9, None, 0.5),
    confidence=0.8,
    separation=0.6,
    well_separated=False,
    features=None,
    drawn=True,
    sentence="2 classes in 40 images.",
    advice=("--classes 2 says how many there are.",),
)


def test_what_was_found_is_read_back_and_replaced(tmp_path: Path) -> None:
    assert read_found(tmp_path) is None
    for found in (FOUND, replace(FOUND, features="lite", given_up=("Drawing.",))):
        write_found(found, tmp_path)
        assert read_found(tmp_path) == found


def test_classes_are_the_codes_that_have_images() -> None:
    assert (FOUND.images, FOUND.classes) == (40, 2)
    assert FOUND.largest_share == pytest.approx(0.75)


def test_keys_of_a_later_ganlab_are_passed_over(tmp_path: Path) -> None:
    write_found(FOUND, tmp_path)
    values = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    (tmp_path / "found.json").write_text(json.dumps(values | {"later": 1}), encoding="utf-8")
    assert read_found(tmp_path) == FOUND
