"""Charts over the steps: losses, gradient norms, figures of evaluations, and the prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab_core.runs.history import Curve, History
from ganlab_core.verbs.report.chart import Chart, as_label, draw_chart
from ganlab_core.verbs.report.code_names import CodeName
from ganlab_core.verbs.report.colours import colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMALL = 1.9  # inches
_IN_A_LEGEND = 12
_STEEP = 50.0


def loss_charts(history: History) -> list[Chart]:
    """Both players' losses, then the terms of each player that has several, then the gradient norms."""
    players = _below(history, "loss/")
    charts = [lines_chart(players, title="Losses of both players", unit="loss")]
    for player in players:
        terms = _below(history, f"loss/{player}/")
        if len(terms) > 1:
            charts.append(lines_chart(terms, title=f"Terms of the {player}'s loss", unit="loss"))
    charts.append(lines_chart(_below(history, "gradient_norm/"), title="Gradient norms", unit="L2 norm"))
    return [chart for chart in charts if chart is not None]


def metric_charts(history: History) -> list[Chart]:
    """A small chart for each figure that was measured more than once and was not always the same."""
    charts = [
        lines_chart({name: curve}, title=name.replace("_", " "), unit="", height=_SMALL)
        for prefix in ("evaluation/", "health/")
        for name, curve in _below(history, prefix).items()
        if not np.allclose(curve.values, curve.values[0], rtol=1e-9, atol=0.0)
    ]
    return [chart for chart in charts if chart is not None]


def comparison_charts(histories: Mapping[str, History]) -> list[Chart]:
    """Losses and figures that several runs have over time, a line a run."""
    titles = {
        f"{prefix}{name}": f"Loss of the {name}" if prefix == "loss/" else name.replace("_", " ")
        for prefix in ("loss/", "evaluation/")
        for history in histories.values()
        for name in _below(history, prefix)
    }
    charts = []
    for key, title in titles.items():
        found = {run: history.scalars[key] for run, history in histories.items() if key in history.scalars}
        if sum(len(curve) > 1 for curve in found.values()) > 1:
            charts.append(lines_chart(found, title=title, unit=""))
    return [chart for chart in charts if chart is not None]


def lines_chart(curves: Mapping[str, Curve], *, title: str, unit: str, height: float = 2.7) -> Chart | None:
    """A line for each curve; None unless one has two points. What spans decades gets a logarithmic scale."""
    curves = {name: curve for name, curve in curves.items() if len(curve) > 1}
    if not curves:
        return None
    values = np.concatenate([curve.values for curve in curves.values()])
    finite = values[np.isfinite(values)]
    logarithmic = len(finite) > 0 and finite.min() > 0 and finite.max() / finite.min() > _STEEP

    def draw(axes: Axes) -> None:
        for (name, curve), colour in zip(curves.items(), colours(len(curves)), strict=True):
            axes.plot(curve.steps_T, curve.values, label=as_label(name), color=colour, linewidth=1.3)
        axes.set(xlabel="step", ylabel=unit, yscale="log" if logarithmic else "linear")
        if 1 < len(curves) <= _IN_A_LEGEND:
            axes.legend(loc="best")

    ends = [f"{name} ends at {curve.values[-1]:.3g}" for name, curve in curves.items()]
    return draw_chart(draw, title=title, description=f"Over the steps: {'; '.join(ends)}", height=height)


def prior_chart(curve: Curve, names: Sequence[CodeName], *, title: str, true_K: Sequence[float | None]) -> Chart | None:
    """The probability of each named code over the steps; a mark at the right is the true share of the code's class."""
    if len(curve) < 2:
        return None

    def draw(axes: Axes) -> None:
        for name in names:
            axes.plot(
                curve.steps_T, curve.values[:, name.index], color=name.colour, linewidth=1.3, label=as_label(name.text)
            )
            true = true_K[name.index]
            if true is not None:
                axes.plot(curve.steps_T[-1:], [true], color=name.colour, marker="<", markersize=5, clip_on=False)
        axes.set(xlabel="step", ylabel="probability", ylim=(0, None))
        if len(names) <= _IN_A_LEGEND:
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    ends = [f"{name.text} ends at {curve.values[-1, name.index]:.3f}" for name in names]
    return draw_chart(draw, title=title, description=f"Over the steps: {'; '.join(ends)}")


def _below(history: History, prefix: str) -> dict[str, Curve]:
    """The curves one level below a prefix, by the rest of their names."""
    return {
        name.removeprefix(prefix): curve
        for name, curve in history.scalars.items()
        if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
    }
