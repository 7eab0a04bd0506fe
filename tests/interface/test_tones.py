"""Tones: what is no range is refused, and what is known goes before what is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.tones import Tones
from ganlab_core.runs.data_facts import read_facts, write_facts

FACTS = DataFacts("photos", (1, 8, 8), 10, (), None, "ab", tones=Tones((0.0, 1023.0), (-1.0, 1.0), "black"))


def test_what_is_known_goes_before_what_is_found() -> None:
    found = Tones((0.0, 255.0), (0.0, 1.0), "white")
    assert Tones(integers=(0.0, 1023.0)).or_else(found) == Tones((0.0, 1023.0), (0.0, 1.0), "white")


def test_they_are_kept_with_the_facts_of_a_run(tmp_path: Path) -> None:
    write_facts(FACTS, tmp_path / "data.json")
    assert read_facts(tmp_path / "data.json") == FACTS


@pytest.mark.parametrize(
    "damage",
    [
        {"integers": [5, 5]},
        {"integers": [0]},
        {"floats": [0, 1e999]},
        {"floats": ["a", 1]},
        {"ground": "green"},
    ],
)
def test_damaged_ones_are_refused_by_the_name_of_their_file(tmp_path: Path, damage: dict[str, object]) -> None:
    write_facts(FACTS, tmp_path / "data.json")
    values = json.loads((tmp_path / "data.json").read_text())
    values["tones"] |= damage
    (tmp_path / "data.json").write_text(json.dumps(values))
    with pytest.raises(GanlabError, match=r"data\.json is missing or damaged"):
        read_facts(tmp_path / "data.json")


@pytest.mark.parametrize("ends", [(1.0, 0.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_what_is_no_range_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="is no range"):
        Tones(integers=ends)
