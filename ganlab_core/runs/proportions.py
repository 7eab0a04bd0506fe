"""A run's proportions as they are to be shown: the newest shares, beside the classes that its last evaluation found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.proportions import Proportions


def proportions_now(learned_K: Sequence[float], *, facts: DataFacts, evaluation: Mapping[str, Any]) -> Proportions:
    """The class code's shares, beside the classes that the last evaluation matched its categories to.

    Classes are left out where the evaluation says nothing of them, or what does not fit the code or the data.

    Args:
        learned_K: the class code's probabilities.
        facts: of the run's data, whose classes have the true shares.
        evaluation: the run's last one by key; empty if it has none.
    """
    found, true_L = Proportions.of(evaluation), facts.class_proportions
    if found is None or true_L is None or not _fits(found, codes=len(learned_K), facts=facts):
        return Proportions(tuple(learned_K))
    return Proportions(tuple(learned_K), true_L, found.matched_K)


def evaluated_proportions(facts: DataFacts, evaluation: Mapping[str, Any]) -> Proportions | None:
    """What the last evaluation gave, for a run without a class code; None if it gave no proportions."""
    found = Proportions.of(evaluation)
    return None if found is None else proportions_now(found.learned_K, facts=facts, evaluation=evaluation)


def _fits(found: Proportions, *, codes: int, facts: DataFacts) -> bool:
    """Whether it is about as many categories and classes; a run folder from elsewhere may say anything."""
    classes = {len(found.true_L or ()), len(facts.class_counts or ()), len(facts.class_names)}
    return len(found.learned_K) == codes and found.true_L is not None and len(classes) == 1
