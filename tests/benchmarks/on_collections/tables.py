"""The results as Markdown: a table over all collections, and one for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ganlab_core.verbs.benchmark.table import spread
from tests.benchmarks.on_collections.inputs import PIXELS
from tests.benchmarks.on_collections.kept import GANLAB, Result


@dataclass(frozen=True)
class Line:
    """A line of a table: one method over some draws.

    Attributes:
        minutes: None without a limit.
    """

    method: str
    sees: str
    told: bool
    minutes: float | None
    results: tuple[Result, ...]

    def head(self) -> list[str]:
        """The cells before the figures."""
        limit = "" if self.minutes is None else f", {self.minutes:g} min"
        return [f"{self.method}{limit}", self.sees, "yes" if self.told else "no"]

    def on(self, collection: str) -> Line:
        """The same on one collection."""
        found = tuple(result for result in self.results if result.key.collection == collection)
        return Line(self.method, self.sees, self.told, self.minutes, found)

    def mean(self, figure: str) -> float | None:
        """Over the draws that have the figure; None where none has."""
        values = self._values(figure)
        return sum(values) / len(values) if values else None

    def cell(self, figure: str) -> str:
        """Mean ± sample standard deviation over the draws that have the figure; nothing where none has."""
        values = self._values(figure)
        if not values:
            return ""
        found = spread(values)
        return f"{found.mean:.3f}" if found.deviation is None else f"{found.mean:.3f} ± {found.deviation:.3f}"

    def percent(self, figure: str) -> str:
        """As `cell`, in percent."""
        found = spread(self._values(figure))
        return f"{found.mean:.0%}" if found.deviation is None else f"{100 * found.mean:.0f} ± {found.deviation:.0%}"

    def _values(self, figure: str) -> list[float]:
        return [result.scores[figure] for result in self.results if figure in result.scores]


def lines_of(results: Iterable[Result]) -> list[Line]:
    """A line for each method and what it saw: the told before those who count, ganlab first, pixels before features."""
    groups: dict[tuple[str, str, bool, float | None], list[Result]] = {}
    for result in sorted(results, key=lambda one: one.key.draw):
        key = result.key
        groups.setdefault((key.method, key.sees, key.told, key.minutes), []).append(result)
    lines = [Line(*group, tuple(found)) for group, found in groups.items()]
    return sorted(lines, key=lambda line: (not line.told, line.method != GANLAB, line.sees != PIXELS, line.method))


def one_collection(results: Sequence[Result]) -> list[str]:
    """All figures of a collection."""
    first = results[0]
    title = (
        f"## {first.key.collection}: {first.scores['images']:,.0f} images of {first.scores['classes']:.0f} classes, "
        f"{first.scores['largest_class']:.0%} of them of the largest"
    )
    figures = ["ACC", "NMI", "ARI", "sizes off by", "largest code", "codes in use", "calibration error", "codes drawn"]
    rows = [
        [
            *line.head(),
            *(line.cell(figure) for figure in ("acc", "nmi", "ari")),
            *(line.percent(figure) for figure in ("sizes", "largest_code")),
            ", ".join(f"{result.scores['codes']:.0f}" for result in line.results),
            *(line.cell(figure) for figure in ("ece", "drawn")),
            f"{sum(result.seconds for result in line.results) / len(line.results):.0f}",
        ]
        for line in lines_of(results)
    ]
    return [title, "", *_table(["method", "sees", "told K", *figures, "seconds"], rows)]


def all_collections(results: Sequence[Result]) -> list[str]:
    """ACC on each collection, and means over them where a method was run on all."""
    names = sorted({result.key.collection for result in results})
    rows = []
    for line in lines_of(results):
        each = [line.on(name) for name in names]
        row = [*line.head(), *(one.cell("acc") for one in each)]
        rows.append([*row, *(_over(each, figure) for figure in ("acc", "nmi", "sizes"))])
    return _table(["method", "sees", "told K", *names, "mean ACC", "mean NMI", "mean error of sizes"], rows)


def markdown(results: Sequence[Result]) -> str:
    """All tables, and how they came about."""
    names = sorted({result.key.collection for result in results})
    commands = sorted({result.command for result in results if result.command})
    machines = dict.fromkeys(", ".join(f"{name} {value}" for name, value in one.made_on.items()) for one in results)
    lines = [
        "# Classes of real images",
        "",
        "ACC; mean ± sample standard deviation over draws, here and below. Seconds are",
    ]
    lines += ["wall-clock ones, of machines that may have done other work too.", ""]
    lines += all_collections(results)
    for name in names:
        lines += ["", *one_collection([result for result in results if result.key.collection == name])]
    lines += ["", "Made by:", "", f"    {_call(results)}"]
    lines += ["", "which ran:", "", *(f"    {one}" for one in commands)] if commands else []
    return "\n".join([*lines, "", *(f"With {machine}." for machine in machines if machine)]) + "\n"


def _call(results: Sequence[Result]) -> str:
    """The call that would make these results, whatever calls have."""
    keys = [result.key for result in results]
    draws = ",".join(str(draw) for draw in sorted({key.draw for key in keys}))
    features = sorted({"none" if key.sees == PIXELS else key.sees for key in keys}, key=lambda name: name != "none")
    call = f"python tests/benchmarks/collections.py --collections FOLDER --keep RESULTS --draws {draws} --features"
    minutes = sorted({key.minutes for key in keys if key.minutes is not None})
    return " ".join([call, *features, *(f"--minutes {limit:g}" for limit in minutes)])


def _over(lines: Sequence[Line], figure: str) -> str:
    means = [mean for line in lines if (mean := line.mean(figure)) is not None]
    if len(means) < len(lines):
        return ""
    mean = sum(means) / len(means)
    return f"{mean:.0%}" if figure == "sizes" else f"{mean:.3f}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = "|---|---|---|" + "---:|" * (len(columns) - 3)
    return [f"| {' | '.join(columns)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]
