"""A row of class counts from a file: a CSV table, or the `.npy` array in which published splits often come.

A recipe merely names the file, and it may hold anything: messages say which line is wrong and what was expected there,
and never what stands in it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.location import file_in_package, looked_for
from ganlab_core.interface.user_path import user_path
from ganlab_core.system.packaged import packaged, read_packaged

_SPLIT = "split"
_MOST_CLASSES = 1 << 20


def read_counts(file: str, row: int) -> tuple[int, ...]:
    """Class counts, in label order, of row `row` (from 1) of a `.csv` or `.npy` file.

    `PACKAGE:FILE` names a file inside an installed package, such as the published splits in
    `ganlab_elastic:mnist_splits.csv`. A CSV may have a header; if that names a first column `split`, `row` is looked up
    there, otherwise it is the row-th line of data. A `.npy` file holds a 2-D array, a row a split, whose values are
    truncated to whole images.

    Raises:
        GanlabError: no such file or row, a row that is no list of counts, or something else than a table.
    """
    path = file_in_package(file) or user_path(file)
    if not packaged(path).is_file():
        raise GanlabError(
            f"imbalance.file: there is no file {looked_for(path)}; give a .csv or .npy file of class counts"
        )
    counts = _npy_row(path, row) if path.suffix == ".npy" else _csv_row(path, row)
    if any(count < 0 for count in counts):
        raise GanlabError(f"imbalance.file: row {row} of '{file}' has a negative count; counts are 0 or more")
    return counts


def _npy_row(path: Path, row: int) -> tuple[int, ...]:
    try:
        # Mapped: a false header could otherwise ask for any amount of memory, and an array of pickles, which would
        # run code, cannot be mapped at all.
        table = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, OSError) as error:  # whose text may quote the file
        raise GanlabError(
            f"imbalance.file: '{path}' is no .npy array of numbers, as `numpy.save` writes one"
        ) from error
    if table.ndim != 2 or table.dtype.kind not in "iuf" or table.shape[1] > _MOST_CLASSES:
        raise GanlabError(f"imbalance.file: '{path}' must hold a 2-D array of numbers, a row a split, a column a class")
    if not 1 <= row <= len(table):
        raise _no_such_row(path, row, f"it has rows 1 to {len(table)}")
    if not np.isfinite(table[row - 1]).all():
        raise GanlabError(f"imbalance.file: row {row} of '{path}' holds values that are not finite")
    return tuple(int(value) for value in table[row - 1])


def _csv_row(path: Path, row: int) -> tuple[int, ...]:
    lines = _csv_lines(path)
    header = [] if not lines or _is_whole(lines[0].cells[0]) else [cell.strip().lower() for cell in lines.pop(0).cells]
    if header[:1] != [_SPLIT]:
        if not 1 <= row <= len(lines):
            raise _no_such_row(path, row, f"it has {len(lines)} rows of counts")
        return _whole_numbers(lines[row - 1], path)
    matching = [line for line in lines if line.cells[0].strip() == str(row)]
    if len(matching) != 1:
        raise _no_such_row(path, row, f"{len(matching)} of its {len(lines)} rows have that number in column `{_SPLIT}`")
    counts = _Line(matching[0].number, matching[0].cells[1:])
    if len(counts.cells) != len(header) - 1:
        raise GanlabError(
            f"imbalance.file: line {counts.number} of '{path}' has {len(counts.cells)} counts under a header of "
            f"{len(header) - 1}"
        )
    return _whole_numbers(counts, path)


@dataclass(frozen=True)
class _Line:
    """A row of a CSV, and the number of the line that it ends on."""

    number: int
    cells: list[str]


def _csv_lines(path: Path) -> list[_Line]:
    try:
        text = read_packaged(path).decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""))
        return [_Line(reader.line_num, cells) for cells in reader if cells]
    except UnicodeDecodeError as error:
        reason = f"it is no UTF-8 text (byte {error.start})"
        raise GanlabError(f"imbalance.file: '{path}' cannot be read as CSV: {reason}") from error
    except (OSError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise GanlabError(f"imbalance.file: '{path}' cannot be read as CSV: {reason}") from error


def _is_whole(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,18}", cell.strip()) is not None


def _whole_numbers(line: _Line, path: Path) -> tuple[int, ...]:
    for place, cell in enumerate(line.cells, start=1):
        if not _is_whole(cell):
            raise GanlabError(
                f"imbalance.file: line {line.number} of '{path}': its count {place} is no whole number; give as many "
                "counts as there are classes, separated by commas"
            )
    return tuple(int(cell) for cell in line.cells)


def _no_such_row(path: Path, row: int, holds: str) -> GanlabError:
    return GanlabError(f"imbalance.row: there is no single row {row} in '{path}': {holds}")
