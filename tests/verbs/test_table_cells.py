"""Cells of CSV and Markdown tables: no formula, no markup, and paths that are still paths."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ganlab_core.verbs.assign.table import Row, assignments_table, csv_file
from ganlab_core.verbs.command_line.tables import csv_cell, markdown_text

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_name_that_would_be_a_formula_is_none_and_names_the_same_file(formula: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with assignments_table(path, index=True, paths=True) as write:
        write(Row(0, Path(formula.replace("/", "")), 3, 0.5, 1))
    with path.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["path"].startswith("./")
    assert Path(row["path"]) == Path(formula.replace("/", ""))
    assert (row["index"], row["code"], row["confidence"], row["runner_up"]) == ("0", "3", "0.5", "1")


@pytest.mark.parametrize("formula", FORMULAS)
def test_text_that_would_be_a_formula_is_text(formula: str, tmp_path: Path) -> None:
    with csv_file(tmp_path / "table.csv", ["path", "reason"]) as write:
        write([Path("a"), formula])
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1] == ["a", f"'{formula}"]


def test_other_cells_stay_as_they_are() -> None:
    for value in (-3, -0.5, Path("photos/=1.png"), Path("/x"), "code-1", "", None):
        assert csv_cell(value) == value


def test_markdown_shows_text_as_text() -> None:
    assert markdown_text("a|b <b>\n[x](y) `c` *d*\x1b") == r"a\|b &lt;b&gt; \[x\](y) \`c\` \*d\*\\x1b"
