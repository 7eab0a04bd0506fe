"""Pictures of a benchmark: every figure by recipe, and one figure over the steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab_core.image_files.own_output import SIGN
from ganlab_core.system.atomic import renamed_into_place
from ganlab_core.system.charts import plain_charts
from ganlab_core.system.dispensable import dispensable
from ganlab_core.verbs.benchmark.result import Result
from ganlab_core.verbs.benchmark.table import SECONDS, Spread, keys_of, labels_of, rows_of, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3
_DOTS_PER_INCH = 110
_HIGHEST = 200.0  # inches


def draw_figures(results: Sequence[Result], path: Path) -> bool:
    """A panel a figure: a line a recipe with a dot for each run, a tick at their mean and a bar of one deviation.

    False if there is no figure to draw, or it cannot be drawn.
    """
    rows = rows_of(results)
    keys = [key for key in keys_of(rows) if key != SECONDS]
    if not keys:
        return False
    lines = math.ceil(len(keys) / _COLUMNS)
    with _picture(path, width=4 * _COLUMNS, height=lines * (0.9 + 0.22 * len(rows))) as figure:
        panels = figure.subplots(lines, _COLUMNS, squeeze=False, sharey=True).flat
        for key, axes in zip(keys, panels, strict=False):
            _strip(axes, results, key)
        for axes in list(panels)[len(keys) :]:
            axes.set_axis_off()
    return path.exists()


def draw_over_time(results: Sequence[Result], key: str, path: Path) -> bool:
    """One figure over the steps, a line a recipe with a band of one deviation; False if it was evaluated once only."""
    curves = {label: _curve([one for one in results if one.label == label], key) for label in labels_of(results)}
    curves = {label: curve for label, curve in curves.items() if len(curve) > 1}
    if not curves:
        return False
    with _picture(path, width=7, height=4) as figure:
        axes = figure.subplots()
        for label, curve in curves.items():
            _line(axes, label, curve)
        axes.set(xlabel="step", ylabel=key.replace("_", " "))
        axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    return path.exists()


@contextmanager
def _picture(path: Path, *, width: float, height: float) -> Iterator[Figure]:
    """A figure to draw on, which then lies at `path`; an older one is gone where this one cannot be made."""
    is_drawn = False
    with dispensable(f"the picture {path}"), plain_charts():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, min(height, _HIGHEST)), layout="constrained")
        yield figure
        with renamed_into_place(path) as aside:
            figure.savefig(aside, dpi=_DOTS_PER_INCH, metadata={"Software": SIGN})
        is_drawn = True
    if not is_drawn:
        path.unlink(missing_ok=True)


def _line(axes: Axes, label: str, curve: Mapping[int, Spread]) -> None:
    steps = list(curve)
    means = [curve[step].mean for step in steps]
    deviations = [curve[step].deviation or 0.0 for step in steps]
    (line,) = axes.plot(steps, means, marker=".", label=label)
    low = [mean - deviation for mean, deviation in zip(means, deviations, strict=True)]
    high = [mean + deviation for mean, deviation in zip(means, deviations, strict=True)]
    axes.fill_between(steps, low, high, color=line.get_color(), alpha=0.15, linewidth=0)


def _strip(axes: Axes, results: Sequence[Result], key: str) -> None:
    labels = labels_of(results)
    for height, label in enumerate(labels):
        values = [one.numbers[key] for one in results if one.label == label and key in one.numbers]
        if values:
            found = spread(values)
            axes.errorbar(found.mean, height, xerr=found.deviation, fmt="|", color="black", markersize=12)
            axes.plot(values, [height] * len(values), "o", alpha=0.5, markersize=4)
    axes.set_yticks(range(len(labels)), labels, fontsize="small")
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_title(key.replace("_", " "), fontsize="medium")
    axes.tick_params(axis="x", labelsize="small")
    axes.grid(axis="x", alpha=0.3)


def _curve(results: Sequence[Result], key: str) -> dict[int, Spread]:
    """The spread at each step that any run was evaluated at."""
    values: dict[int, list[float]] = {}
    for result in results:
        for line in result.history:
            if key in line:
                values.setdefault(int(line["step"]), []).append(line[key])
    return {step: spread(found) for step, found in sorted(values.items())}
