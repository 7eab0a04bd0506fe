"""`ganlab sample --traverse`, and the traversals that a run itself writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from ganlab_core.testing.fixtures import Ganlab

pytestmark = pytest.mark.bare


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any], tmp_path: Path) -> str:
    """A finished tiny run with a class code, a further categorical code and a continuous one."""
    tiny["prior"] |= {
        "code": {"use": "categorical", "classes": 3},
        "style": {"use": "uniform", "dim": 2},
        "stroke": {"use": "categorical", "classes": 2},
    }
    (tmp_path / "codes.yaml").write_text(yaml.safe_dump(tiny, sort_keys=False))
    trained = ganlab("train", "codes.yaml", "--run", "run")
    assert trained.code == 0, trained.err
    assert "grid          run/samples/00000004.png" in trained.out
    return "run"


def size(path: str) -> tuple[int, int]:
    """Columns and rows of a grid of 48-pixel tiles."""
    with Image.open(path) as picture:
        return (picture.width - 2) // 50, (picture.height - 2) // 50


def test_one_picture_is_written_under_the_codes_name_or_the_one_given(ganlab: Ganlab, run: str) -> None:
    named = ganlab("sample", run, "--traverse", "style.1")
    assert (named.code, named.out) == (0, "style.1.png\n"), named.err
    assert size("style.1.png") == (3, 3)  # samples.columns, classes
    given = ganlab("sample", run, "--traverse", "stroke", "--grid", "mine.png")
    assert (given.code, given.out) == (0, "mine.png\n"), given.err
    assert size("mine.png") == (2, 3)
    assert not Path("samples.png").exists()


def test_the_range_and_the_seed_change_the_picture(ganlab: Ganlab, run: str) -> None:
    options: list[list[object]] = [[], ["--range", "-0.5", "0.5"], ["--seed", 1]]
    pictures = set()
    for more in options:
        assert ganlab("sample", run, "--traverse", "style.0", *more).code == 0
        pictures.add(Path("style.0.png").read_bytes())
    assert len(pictures) == 3


def test_a_code_is_held_in_all_rows(ganlab: Ganlab, run: str) -> None:
    assert ganlab("sample", run, "--traverse", "style.0", "--code", 2).code == 0
    assert size("style.0.png") == (3, 10)


def test_an_unknown_name_is_answered_with_what_can_be_traversed(ganlab: Ganlab, run: str) -> None:
    outcome = ganlab("sample", run, "--traverse", "style")
    assert outcome.code == 1
    assert outcome.err == "error: 'style' cannot be traversed; choose one of style.0, style.1, stroke\n"
    assert not Path("style.png").exists()


def test_the_grids_folder_is_made_and_where_there_can_be_none_it_is_said(ganlab: Ganlab, run: str) -> None:
    made = ganlab("sample", run, "--count", 4, "--grid", "new/grid.png")
    assert (made.code, made.out) == (0, "new/grid.png\n"), made.err
    assert size("new/grid.png") == (2, 3)
    Path("file").touch()
    refused = ganlab("sample", run, "--grid", "file/grid.png")
    assert refused.code == 1
    assert refused.err.startswith("error: file/grid.png cannot be written: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--traverse", "style.0", "--out", "many"], "draws one picture, not a folder; drop --out"),
        (["--traverse", "style.0", "--count", "9"], "(samples.columns); drop --count"),
        (["--grid", "grid"], "--grid ends in nothing; name a file that ends in .png"),
        (["--range", "-2", "2"], "--range is of a code that varies; name it: --traverse NAME"),
    ],
)
def test_options_that_do_not_go_together_are_named(ganlab: Ganlab, options: list[str], message: str) -> None:
    outcome = ganlab("sample", "run", *options)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_range_that_is_none_is_one_line(ganlab: Ganlab, run: str) -> None:
    outcome = ganlab("sample", run, "--traverse", "style.0", "--range", 2, -2)
    assert outcome.code == 1
    assert outcome.err == (
        "error: 2 to -2 is no range; give its lower end, then its upper one, such as -2 and 2, neither farther from 0 "
        "than 1e+06\n"
    )
