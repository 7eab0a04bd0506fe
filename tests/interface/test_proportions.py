"""`Proportions`: what it refuses, how an evaluation holds it and gives it back, and which class stands beside what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from ganlab_core import GanlabError, Proportions
from ganlab_core.interface.proportions import Pair

FIGURES: dict[str, Any] = {
    "learned_prior": [0.25, 0.65, 0.1],
    "true_prior": [0.7, 0.1, 0.2],
    "matched_classes": [2, None, 0],
}
FULL = Proportions((0.25, 0.65, 0.1), (0.7, 0.1, 0.2), (2, None, 0))


def test_an_evaluation_holds_lists_under_the_keys_that_old_runs_have_in_their_order() -> None:
    assert list(FULL.figures().items()) == list(FIGURES.items())
    assert Proportions((0.4, 0.6)).figures() == {"learned_prior": [0.4, 0.6]}


@pytest.mark.parametrize("proportions", [FULL, Proportions((0.4, 0.6)), Proportions((1.0,), (1.0,), (0,))])
def test_what_an_evaluation_holds_comes_back_through_json(proportions: Proportions) -> None:
    held = json.loads(json.dumps({"nmi": 0.5, **proportions.figures(), "seconds": 1.0}))
    assert Proportions.of(held) == proportions


def test_what_is_not_a_number_of_a_model_that_diverged_is_no_mistake() -> None:
    diverged = Proportions.of({"learned_prior": [float("nan"), float("nan")]})
    assert diverged is not None
    assert len(diverged.learned_K) == 2


def test_an_evaluation_that_says_nothing_of_proportions_gives_none() -> None:
    assert Proportions.of({}) is None
    assert Proportions.of({"nmi": 0.5, "matched_classes": [0]}) is None


@pytest.mark.parametrize(
    "damage",
    [
        {"learned_prior": None},
        {"learned_prior": []},
        {"learned_prior": 0.5},
        {"learned_prior": "0.5"},
        {"learned_prior": {"0": 1.0}},
        {"learned_prior": [0.25, 0.65, "0.1"]},
        {"learned_prior": [0.25, 0.65, True]},
        {"learned_prior": [0.25, 0.65, [0.1]]},
        {"learned_prior": [0.25, 0.65, -0.1]},
        {"learned_prior": [0.25, 0.65, float("inf")]},
        {"learned_prior": [0.25, 0.65, 10**400]},
        {"learned_prior": [0.25, 0.65]},
        {"true_prior": None},
        {"true_prior": []},
        {"true_prior": [0.7, 0.1, None]},
        {"true_prior": [0.7, 0.1]},
        {"matched_classes": None},
        {"matched_classes": [2, None]},
        {"matched_classes": [2, None, 3]},
        {"matched_classes": [2, None, -1]},
        {"matched_classes": [2, None, 0.0]},
        {"matched_classes": [2, None, True]},
        {"matched_classes": [99, "a", None]},
        {"matched_classes": {"0": 2}},
    ],
    ids=str,
)
def test_damaged_or_hostile_json_gives_none(damage: dict[str, Any]) -> None:
    assert Proportions.of(FIGURES | damage) is None


def test_what_is_missing_is_as_null() -> None:
    for key in FIGURES:
        assert Proportions.of({name: value for name, value in FIGURES.items() if name != key}) is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (([0.5, 0.5],), r"`learned_K` is \[0\.5, 0\.5\], not a tuple of shares from 0 to 1"),
        (((0.5, 1.5),), r"`learned_K` is \(0\.5, 1\.5\), not a tuple of shares"),
        (((1.0,), (1.0, -1.0), (0,)), r"`true_L` is \(1\.0, -1\.0\), not a tuple of shares"),
        (
            ((0.5, 0.5), (1.0,), (0,)),
            r"`matched_K` is \(0,\), not a class from 0 to 0 or None for each of 2 categories",
        ),
        (
            ((1.0,), (0.5, 0.5), (2,)),
            r"`matched_K` is \(2,\), not a class from 0 to 1 or None for each of 1 categories",
        ),
        (((1.0,), (1.0,)), "`true_L` and `matched_K` go together; give both, or none without labels"),
        (((1.0,), None, (0,)), "`true_L` and `matched_K` go together"),
    ],
)
def test_a_metric_that_gives_what_cannot_be_is_told(values: Sequence[Any], sentence: str) -> None:
    with pytest.raises(GanlabError, match=f"^proportions: {sentence}"):
        Proportions(*values)


def test_categories_stand_beside_their_classes_and_classes_without_any_come_last() -> None:
    assert FULL.pairs(["cats", "dogs", "owls"]) == [
        Pair(0, "owls", 0.25, 0.2),
        Pair(1, None, 0.65, 0.0),
        Pair(2, "cats", 0.1, 0.7),
        Pair(None, "dogs", 0.0, 0.1),
    ]


def test_without_names_classes_go_by_their_numbers() -> None:
    assert [pair.label for pair in FULL.pairs()] == ["2", None, "0", "1"]


def test_without_labels_nothing_is_said_of_classes() -> None:
    assert Proportions((0.4, 0.6)).pairs(["cats"]) == [Pair(0, None, 0.4, None), Pair(1, None, 0.6, None)]


def test_categories_may_share_a_class() -> None:
    shared = Proportions((0.3, 0.7), (0.9, 0.1), (0, 0))
    assert [(pair.code, pair.true) for pair in shared.pairs()] == [(0, 0.9), (1, 0.9), (None, 0.1)]
