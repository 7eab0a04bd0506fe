"""`Proportions`: the share that a model gives each category of its class code, beside the class that it stands for.

A metric gives one among its figures. An evaluation holds it as plain lists by key, which are named here and nowhere
else, and `Proportions.of` reads it back: from a run that just ended, or from an old run's `evaluation.json`.

Shape suffixes: K categories, L classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganlab_core.interface.errors import GanlabError

_LEARNED, _TRUE, _MATCHED = "learned_prior", "true_prior", "matched_classes"
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Pair:
    """A category beside its class.

    Attributes:
        code: the category; None beside a class that no category stands for.
        label: the class's name; None beside a category that stands for none.
        learned: the category's share, 0 where there is none.
        true: the class's share, 0 where the category was left over; None where nothing is known of classes.
    """

    code: int | None
    label: str | None
    learned: float
    true: float | None


@dataclass(frozen=True)
class Proportions:
    """Learned proportions and, where the data has labels, the true ones and which category stands for which class.

    The summary, the picture `proportions.png`, the report and the model card show what a metric gives. Nothing is
    asked of the sums: a model may leave something out.

    Args:
        learned_K: the share of each category of the class code, 0 to 1, in the code's order; where the prior has no
            class code, of whatever categories the metric tells apart.
        true_L: the share of each class of the data, 0 to 1, in the order of its class names.
        matched_K: the class, 0 to L-1, that each category stands for, None for one that is left over. Categories may
            share a class.

    Raises:
        GanlabError: a share or a class is out of its range, lengths do not fit, or of `true_L` and `matched_K` there is
            one without the other.
    """

    learned_K: tuple[float, ...]
    true_L: tuple[float, ...] | None = None
    matched_K: tuple[int | None, ...] | None = None

    def __post_init__(self) -> None:
        _require_shares(learned_K=self.learned_K)
        if (self.true_L is None) != (self.matched_K is None):
            raise GanlabError("proportions: `true_L` and `matched_K` go together; give both, or none without labels")
        if self.true_L is not None:
            _require_shares(true_L=self.true_L)
            _require_classes(self.matched_K, codes=len(self.learned_K), classes=len(self.true_L))

    @classmethod
    def of(cls, evaluation: Mapping[str, Any]) -> Proportions | None:
        """What an evaluation, by key, says of proportions; None if it says nothing, or nothing sound."""
        learned, true, matched = (_as_tuple(evaluation.get(key)) for key in (_LEARNED, _TRUE, _MATCHED))
        try:
            return None if learned is None else cls(learned, true, matched)
        except GanlabError:
            return None

    def figures(self) -> dict[str, list[Any]]:
        """The lists that it is in an evaluation, by key."""
        found = {_LEARNED: self.learned_K, _TRUE: self.true_L, _MATCHED: self.matched_K}
        return {key: list(values) for key, values in found.items() if values is not None}

    def pairs(self, class_names: Sequence[str] | None = None) -> list[Pair]:
        """Each category in its order beside its class, then each class that no category stands for.

        Args:
            class_names: what the classes are called; their numbers if left out.
        """
        if self.true_L is None or self.matched_K is None:
            return [Pair(code, None, share, None) for code, share in enumerate(self.learned_K)]
        names = range(len(self.true_L)) if class_names is None else class_names
        with_code = [
            Pair(code, None, share, 0.0) if label is None else Pair(code, str(names[label]), share, self.true_L[label])
            for code, (share, label) in enumerate(zip(self.learned_K, self.matched_K, strict=True))
        ]
        missed = [label for label in range(len(self.true_L)) if label not in self.matched_K]
        return with_code + [Pair(None, str(names[label]), 0.0, self.true_L[label]) for label in missed]


def _require_shares(**named: object) -> None:
    """Check one tuple of shares; what is not a number of a model that diverged is let through, for it is no mistake."""
    ((name, shares),) = named.items()
    if not isinstance(shares, tuple) or not shares or any(map(_is_no_share, shares)):
        raise GanlabError(f"proportions: `{name}` is {shares!r}, not a tuple of shares from 0 to 1")


def _is_no_share(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return value < 0.0 or value > 1.0 + _ROUNDING


def _require_classes(matched: object, *, codes: int, classes: int) -> None:
    if not isinstance(matched, tuple) or len(matched) != codes or any(_is_no_class(one, classes) for one in matched):
        raise GanlabError(
            f"proportions: `matched_K` is {matched!r}, not a class from 0 to {classes - 1} or None for each of {codes} "
            "categories"
        )


def _is_no_class(value: object, classes: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | None):
        return True
    return value is not None and not 0 <= value < classes


def _as_tuple(value: object) -> Any:
    """JSON's list as a tuple; all else as it is, to be refused."""
    return tuple(value) if isinstance(value, list) else value
