"""The CSV of assignments, a row an image, and beside it the list of files that could not be read."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ganlab_core.system.places import fitting_name, is_stream
from ganlab_core.verbs.command_line.tables import csv_cell

_FIGURES = ("code", "confidence", "runner_up")


@dataclass(frozen=True)
class Row:
    """What is said of one image: its place in the data set, its file (either may be missing), and its code."""

    index: int | None
    path: Path | None
    code: int
    confidence: float
    runner_up: int


@contextmanager
def assignments_table(path: Path, *, index: bool, paths: bool) -> Iterator[Callable[[Row], None]]:
    """A function that writes a row: `index`, `path` (where there are such), `code`, `confidence`, `runner_up`."""
    names = [name for name, wanted in (("index", index), ("path", paths)) if wanted]
    with csv_file(path, [*names, *_FIGURES]) as write:

        def write_row(row: Row) -> None:
            who = [value for value, wanted in ((row.index, index), (row.path, paths)) if wanted]
            runner_up = "" if row.runner_up < 0 else row.runner_up
            write([*who, row.code, f"{row.confidence:.6g}", runner_up])

        yield write_row


@contextmanager
def csv_file(path: Path, columns: Sequence[str]) -> Iterator[Callable[[Sequence[Any]], Any]]:
    """A function that writes a row of a CSV file.

    Names of files that are no valid text are written as the bytes that they are, and none as a spreadsheet's formula
    (`csv_cell`). Rows end in a line feed; Python's csv
    reads them back from a file opened with `newline=""`.
    """
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(_LineFeeds(file))
        writer.writerow(columns)
        yield lambda row: writer.writerow(map(csv_cell, row))


class _LineFeeds:
    """Ends rows in a line feed alone. A writer told to do so itself leaves a carriage return in a name unquoted."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix("\r\n") + "\n")


def unreadable_path(table: Path) -> Path | None:
    """Where the files that could not be read are listed: `FILE.unreadable.csv` beside `FILE.csv`; not beside a pipe."""
    if is_stream(table):
        return None
    return table.with_name(fitting_name(table.stem, ".unreadable.csv", folder=table.parent))
