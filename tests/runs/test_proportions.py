"""A run's proportions as they are to be shown, also where the run folder's files do not fit one another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ganlab_core import Proportions
from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.runs.proportions import evaluated_proportions, proportions_now

FACTS = DataFacts("photos", (1, 8, 8), 10, ("cats", "dogs"), (7, 3), "hash")
EVALUATION: dict[str, Any] = {
    "nmi": 0.5,
    "learned_prior": [0.5, 0.4, 0.1],
    "true_prior": [0.7, 0.3],
    "matched_classes": [1, 0, None],
}
NOW = (0.6, 0.3, 0.1)


def test_the_shares_are_the_checkpoint_s_and_the_classes_the_evaluation_s() -> None:
    assert proportions_now(NOW, facts=FACTS, evaluation=EVALUATION) == Proportions(NOW, (0.7, 0.3), (1, 0, None))


def test_of_a_run_without_a_class_code_the_shares_are_the_evaluation_s() -> None:
    assert evaluated_proportions(FACTS, EVALUATION) == Proportions((0.5, 0.4, 0.1), (0.7, 0.3), (1, 0, None))
    assert evaluated_proportions(FACTS, {"nmi": 0.5}) is None


@pytest.mark.parametrize(
    ("facts", "evaluation"),
    [
        (FACTS, {}),
        (FACTS, {"learned_prior": [0.5, 0.4, 0.1]}),
        (FACTS, EVALUATION | {"learned_prior": [0.5, 0.5], "matched_classes": [1, 0]}),
        (FACTS, EVALUATION | {"true_prior": [0.5, 0.3, 0.2]}),
        (FACTS, EVALUATION | {"matched_classes": [1, 0, 2]}),
        (replace(FACTS, class_names=(), class_counts=None), EVALUATION),
        (replace(FACTS, class_names=("cats",)), EVALUATION),
        (replace(FACTS, class_names=("cats", "dogs", "owls"), class_counts=(7, 2, 1)), EVALUATION),
    ],
    ids=[
        "no evaluation",
        "no labels when evaluated",
        "another code",
        "other classes",
        "a class that is none",
        "no labels",
        "a name too few",
        "other data",
    ],
)
def test_classes_that_do_not_fit_are_left_out(facts: DataFacts, evaluation: dict[str, Any]) -> None:
    assert proportions_now(NOW, facts=facts, evaluation=evaluation) == Proportions(NOW)
