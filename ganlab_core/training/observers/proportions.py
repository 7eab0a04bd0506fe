"""`proportions.png`: at a run's end, the learned proportion of each class beside the true one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab_core.image_files.own_output import SIGN
from ganlab_core.interface.events import RunFinished
from ganlab_core.interface.hookspecs import hookimpl
from ganlab_core.interface.printable import printable
from ganlab_core.interface.proportions import Pair, Proportions
from ganlab_core.system.atomic import renamed_into_place
from ganlab_core.system.charts import plain_charts
from ganlab_core.system.dispensable import dispensable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BAR = 0.4
_DOTS_PER_INCH = 110
_WIDEST = 200.0  # inches, in which hundreds of names still stand beside one another; far more are no picture


class ProportionsPicture:
    """Draws the proportions of an evaluation; nothing where it says nothing of them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @hookimpl
    def ganlab_run_finished(self, event: RunFinished) -> None:
        """Write the picture, if it can be drawn."""
        with dispensable(f"the picture {self._path}"):
            if (found := Proportions.of(event.evaluation)) is not None:
                with plain_charts(), renamed_into_place(self._path) as aside:
                    draw_proportions(found).savefig(aside, dpi=_DOTS_PER_INCH, metadata={"Software": SIGN})


@dataclass(frozen=True)
class Bars:
    """A bar of the learned proportion and, where there is a true one, another beside it."""

    name: str
    learned: float
    true: float | None = None


def draw_proportions(proportions: Proportions) -> Figure:
    """Bars of the learned proportion by code, beside each the true one of its class, the largest class first.

    Classes that no code was matched to have their own place; without labels the learned ones stand alone.
    """
    pairs = sorted(proportions.pairs(), key=lambda pair: (pair.true or 0.0, pair.learned), reverse=True)
    return draw_bars([Bars(_name(pair), pair.learned, pair.true) for pair in pairs], of="class (code)")


def draw_bars(bars: Sequence[Bars], *, of: str) -> Figure:
    """The bars, in their order; to be called and drawn inside `plain_charts`."""
    from matplotlib.figure import Figure  # here, since it takes a while and few steps need it

    figure = Figure(figsize=(min(max(5.0, 0.5 * len(bars)), _WIDEST), 3.2), layout="constrained")
    axes = figure.subplots()
    places = range(len(bars))
    axes.bar([place - _BAR / 2 for place in places], [one.learned for one in bars], width=_BAR, label="learned")
    if any(one.true is not None for one in bars):
        true = [one.true or 0.0 for one in bars]
        axes.bar([place + _BAR / 2 for place in places], true, width=_BAR, label="true")
    axes.set_xticks(places, [printable(one.name) for one in bars], parse_math=False)  # `$5 or $6` is no formula
    axes.set(xlabel=of, ylabel="proportion")
    axes.legend()
    return figure


def _name(pair: Pair) -> str:
    """The class, and in brackets the code; either may be missing."""
    return " ".join(filter(None, [pair.label, None if pair.code is None else f"({pair.code})"]))
