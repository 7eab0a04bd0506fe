"""A row a recipe: mean and standard deviation of every figure over its runs, as Markdown and CSV."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ganlab_core.interface.printable import printable
from ganlab_core.verbs.benchmark.result import Result
from ganlab_core.verbs.command_line.tables import csv_cell, markdown_text

SECONDS = "run_seconds"


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation of `count` values; None for the deviation of a single one."""

    mean: float
    deviation: float | None
    count: int


@dataclass(frozen=True)
class Row:
    """A recipe's runs, and the spread of each of their figures by key."""

    label: str
    runs: int
    spreads: dict[str, Spread]


def spread(values: Sequence[float]) -> Spread:
    """Of one or more values; NaN where one of them is none."""
    if not all(map(math.isfinite, values)):
        return Spread(math.nan, math.nan if len(values) > 1 else None, len(values))
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None, len(values))


def rows_of(results: Sequence[Result]) -> list[Row]:
    """A row for each label, in the order of their first result; a key that only some runs have counts those."""
    return [_row(label, [one for one in results if one.label == label]) for label in labels_of(results)]


def labels_of(results: Sequence[Result]) -> list[str]:
    """Each label once, in the order of their first result."""
    return list(dict.fromkeys(result.label for result in results))


def keys_of(rows: Sequence[Row]) -> list[str]:
    """Every key of any row, in the order of their first appearance, the run's seconds last."""
    keys = dict.fromkeys(key for row in rows for key in row.spreads if key != SECONDS)
    return [*keys, *([SECONDS] if any(SECONDS in row.spreads for row in rows) else [])]


def markdown(results: Sequence[Result]) -> str:
    """The table, and below it how it came about: commands, versions, and on which data."""
    rows = rows_of(results)
    keys = keys_of(rows)
    lines = [
        " | ".join(["| recipe", "runs", *(markdown_text(key.replace("_", " ")) for key in keys)]) + " |",
        "|---|" + "---:|" * (len(keys) + 1),
    ]
    for row in rows:
        cells = [_cell(row.spreads.get(key), row.runs) for key in keys]
        lines.append(" | ".join([f"| {_label(row.label)}", str(row.runs), *cells]) + " |")
    return "\n".join([*lines, "", *_origin(results)]) + "\n"


def comma_separated(results: Sequence[Result]) -> str:
    """The same as CSV, full precision: a column `KEY` with means and `KEY_sd` with standard deviations."""
    rows = rows_of(results)
    keys = keys_of(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["recipe", "runs", *(csv_cell(column) for key in keys for column in (key, f"{key}_sd"))])
    for row in rows:
        found = [row.spreads.get(key) for key in keys]
        cells = [value for one in found for value in ((one.mean, one.deviation) if one else (None, None))]
        writer.writerow([csv_cell(row.label), row.runs, *("" if value is None else value for value in cells)])
    return text.getvalue()


def _label(text: str) -> str:
    """A recipe's short name; underscores inside words are no emphasis, and stay readable."""
    return markdown_text(text).replace("\\_", "_")


def _row(label: str, results: Sequence[Result]) -> Row:
    values: dict[str, list[float]] = {}
    for result in results:
        timed = {} if result.seconds is None else {SECONDS: result.seconds}
        for key, value in (result.numbers | timed).items():
            values.setdefault(key, []).append(value)
    return Row(label, len(results), {key: spread(found) for key, found in values.items()})


def _cell(one: Spread | None, runs: int) -> str:
    """Three decimals, or none for what is large; how many runs count if not all do."""
    if one is None:
        return ""
    form = "{:.0f}" if abs(one.mean) >= 20 else "{:.3f}"
    cell = form.format(one.mean)
    if one.deviation is not None:
        cell += " ± " + form.format(one.deviation)
    return cell if one.count == runs else f"{cell} ({one.count})"


def _origin(results: Sequence[Result]) -> list[str]:
    """What made these results, each different thing once."""
    commands = dict.fromkeys(result.command for result in results)
    versions = dict.fromkeys(
        ", ".join(f"{name} {version}" for name, version in result.libraries.items()) for result in results
    )
    data = dict.fromkeys(
        f"{'the recipes own split' if one.split is None else f'split {one.split}'}: {one.data_hash[:12]}"
        for one in results
    )
    threads = sorted({result.threads for result in results})
    return [
        "Mean ± sample standard deviation. Made by:",
        "",
        *(f"    {printable(command)}" for command in commands),
        "",
        f"Threads a run: {', '.join(map(str, threads))}. Content hashes of the training images: {'; '.join(data)}.",
        *(f"Versions: {markdown_text(version)}." for version in versions),
    ]
