"""The table of assignments: whatever a file is called, Python's csv reads its row back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ganlab_core.verbs.assign.table import Row, assignments_table


@pytest.mark.parametrize("name", ["a.png", "a,b.png", 'a"b.png', "a\nb.png", "a\rb.png", "a\r\n", "caf\udce9.jpg"])
def test_rows_are_read_back_and_end_in_a_line_feed(tmp_path: Path, name: str) -> None:
    with assignments_table(tmp_path / "codes.csv", index=True, paths=True) as write:
        write(Row(index=0, path=Path(name), code=1, confidence=0.5, runner_up=2))
    with (tmp_path / "codes.csv").open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        assert list(csv.reader(file)) == [
            ["index", "path", "code", "confidence", "runner_up"],
            ["0", name, "1", "0.5", "2"],
        ]
    lines = (tmp_path / "codes.csv").read_bytes()
    assert lines.startswith(b"index,path,code,confidence,runner_up\n0,")
    assert lines.endswith(b",1,0.5,2\n")
