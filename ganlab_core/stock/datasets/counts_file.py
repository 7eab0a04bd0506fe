"""A row of class counts from a file: a CSV table, or the `.npy` array in which published splits often come."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
from pathlib import Path

import numpy as np

from ganlab_core.interface.errors import GanlabError

_SPLIT = "split"


def read_counts(file: str, row: int) -> tuple[int, ...]:
    """Class counts, in label order, of row `row` (from 1) of a `.csv` or `.npy` file.

    `PACKAGE:FILE` names a file inside an installed package, such as the published splits in
    `ganlab_elastic:mnist_splits.csv`. A CSV may have a header; if that names a first column `split`, `row` is looked up
    there, otherwise it is the row-th line of data. A `.npy` file holds a 2-D array, a row a split, whose values are
    truncated to whole images.

    Raises:
        GanlabError: no such file or row, a row that is no list of counts, or something else than a table.
    """
    path = _path_of(file)
    if not path.is_file():
        raise GanlabError(f"imbalance.file: there is no file '{file}'; give a .csv or .npy file of class counts")
    counts = _npy_row(path, row) if path.suffix == ".npy" else _csv_row(path, row)
    if any(count < 0 for count in counts):
        raise GanlabError(f"imbalance.file: row {row} of '{file}' has a negative count: {list(counts)}")
    return counts


def _path_of(file: str) -> Path:
    package, colon, inside = file.partition(":")
    spec = importlib.util.find_spec(package) if colon and package.isidentifier() else None  # imports nothing
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0], inside) if folders else Path(os.path.expanduser(file))


def _npy_row(path: Path, row: int) -> tuple[int, ...]:
    try:
        # Mapped: a false header could otherwise ask for any amount of memory, and an array of pickles, which would
        # run code, cannot be mapped at all.
        table = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, OSError) as error:
        raise GanlabError(f"imbalance.file: '{path}' is no .npy array of numbers: {error}") from error
    if table.ndim != 2 or table.dtype.kind not in "iuf":
        raise GanlabError(f"imbalance.file: '{path}' must hold a 2-D array of numbers, a row a split, a column a class")
    if not 1 <= row <= len(table):
        raise _no_such_row(path, row, f"it has rows 1 to {len(table)}")
    if not np.isfinite(table[row - 1]).all():
        raise GanlabError(f"imbalance.file: row {row} of '{path}' holds values that are not finite")
    return tuple(int(value) for value in table[row - 1])


def _csv_row(path: Path, row: int) -> tuple[int, ...]:
    lines = _csv_lines(path)
    header = [] if not lines or _is_whole(lines[0][0]) else [cell.strip().lower() for cell in lines.pop(0)]
    if header[:1] != [_SPLIT]:
        if not 1 <= row <= len(lines):
            raise _no_such_row(path, row, f"it has {len(lines)} rows of counts")
        return _whole_numbers(lines[row - 1], path, row)
    matching = [line[1:] for line in lines if line[0].strip() == str(row)]
    if len(matching) != 1:
        splits = ", ".join(line[0] for line in lines)
        raise _no_such_row(path, row, f"its column `{_SPLIT}` holds {splits or 'nothing'}")
    if len(matching[0]) != len(header) - 1:
        raise GanlabError(
            f"imbalance.file: row {row} of '{path}' has {len(matching[0])} counts under a header of {len(header) - 1}"
        )
    return _whole_numbers(matching[0], path, row)


def _csv_lines(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [line for line in csv.reader(file) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GanlabError(f"imbalance.file: '{path}' cannot be read as CSV: {error}") from error


def _is_whole(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,18}", cell.strip()) is not None


def _whole_numbers(cells: list[str], path: Path, row: int) -> tuple[int, ...]:
    for cell in cells:
        if not _is_whole(cell):
            raise GanlabError(f"imbalance.file: row {row} of '{path}' holds '{cell}', which is no whole number")
    return tuple(int(cell) for cell in cells)


def _no_such_row(path: Path, row: int, holds: str) -> GanlabError:
    return GanlabError(f"imbalance.row: there is no single row {row} in '{path}': {holds}")
