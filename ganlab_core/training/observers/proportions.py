"""`proportions.png`: at a run's end, the learned proportion of each class beside the true one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab_core.interface.events import RunFinished
from ganlab_core.interface.hookspecs import hookimpl

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BAR = 0.4


class ProportionsPicture:
    """Draws what an evaluation says of the prior; nothing where it says nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @hookimpl
    def ganlab_run_finished(self, event: RunFinished) -> None:
        """Write the picture."""
        if "learned_prior" in event.evaluation:
            draw_proportions(event.evaluation).savefig(self._path, dpi=110)


@dataclass(frozen=True)
class Pair:
    """A bar of the learned proportion and, where there is a true one, another beside it."""

    name: str
    learned: float
    true: float | None = None


def draw_proportions(evaluation: Mapping[str, Any]) -> Figure:
    """Bars of `learned_prior` by code, beside each the `true_prior` of the class in `matched_classes`, largest first.

    Classes that no code was matched to come last; without labels the learned ones stand alone.
    """
    learned_K: Sequence[float] = evaluation["learned_prior"]
    true_L: Sequence[float] | None = evaluation.get("true_prior")
    if true_L is None:
        pairs = [Pair(f"({code})", share) for code, share in enumerate(learned_K)]
    else:
        pairs = _matched(learned_K, true_L, evaluation["matched_classes"])
    pairs.sort(key=lambda pair: (pair.true or 0.0, pair.learned), reverse=True)
    return draw_pairs(pairs, of="class (code)")


def draw_pairs(pairs: Sequence[Pair], *, of: str) -> Figure:
    """The bars, in their order."""
    from matplotlib.figure import Figure  # here, since it takes a while and few steps need it

    figure = Figure(figsize=(max(5.0, 0.5 * len(pairs)), 3.2), layout="constrained")
    axes = figure.subplots()
    places = range(len(pairs))
    axes.bar([place - _BAR / 2 for place in places], [pair.learned for pair in pairs], width=_BAR, label="learned")
    if any(pair.true is not None for pair in pairs):
        true = [pair.true or 0.0 for pair in pairs]
        axes.bar([place + _BAR / 2 for place in places], true, width=_BAR, label="true")
    axes.set_xticks(places, [pair.name for pair in pairs])
    axes.set(xlabel=of, ylabel="proportion")
    axes.legend()
    return figure


def _matched(learned_K: Sequence[float], true_L: Sequence[float], matched_K: Sequence[int | None]) -> list[Pair]:
    """A pair for each code with its class, each code without one, and each class without a code."""
    with_code = [
        Pair(f"({code})", share, 0.0) if label is None else Pair(f"{label} ({code})", share, true_L[label])
        for code, (share, label) in enumerate(zip(learned_K, matched_K, strict=True))
    ]
    return with_code + [Pair(str(label), 0.0, share) for label, share in enumerate(true_L) if label not in matched_K]
