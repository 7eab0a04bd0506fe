"""Numeric options of all verbs: each has both bounds, and what is beyond them is a wrong use, told at once."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from ganlab_core.plugins import load_plugins
from ganlab_core.plugins.verbs import given_verbs
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.command_line.numbers import FiniteRange


def single_types(option: click.Parameter) -> Iterator[click.ParamType[object]]:
    yield from option.type.types if isinstance(option.type, click.Tuple) else [option.type]


def test_every_numeric_option_of_every_verb_is_finite_and_has_both_bounds() -> None:
    checked = 0
    for name, verb in given_verbs(load_plugins()).items():
        for option in verb.load().params:
            for one in single_types(option):
                place = f"{name} {option.name}"
                assert one not in (click.INT, click.FLOAT), place
                assert not isinstance(one, click.FloatRange) or isinstance(one, FiniteRange), place
                if isinstance(one, click.IntRange | FiniteRange):
                    assert one.min is not None, place
                    assert one.max is not None, place
                    checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    "arguments",
    [
        ("sample", "run", "--count", "1000000000000"),
        ("sample", "run", "--count", "9" * 23, "--grid", "g.png"),
        ("sample", "run", "--traverse", "style", "--range", "-1e308", "1e308"),
        ("sample", "run", "--traverse", "style", "--range", "nan", "1"),
        ("traverse", "run", "--out", "g.png", "--code", "style", "--range", "0", "inf"),
        ("traverse", "run", "--out", "g.png", "--seed", "9" * 5000),
        ("evaluate", "run", "--samples-per-code", "1" + "0" * 18),
        ("balance", "run", "--out", "b", "--per-class", "1" + "0" * 18),
        ("benchmark", "a.yaml", "--out", "o", "--jobs", "1000000"),
        ("benchmark", "a.yaml", "--out", "o", "--seeds", "0-9999,10000-19999"),
        ("train", "a.yaml", "--steps", "1" + "0" * 30),
        ("discover", "photos", "--minutes", "nan"),
        ("discover", "photos", "--minutes", "inf"),
        ("discover", "photos", "--minutes", "1e308"),
        ("discover", "photos", "--classes", "5000"),
        ("discover", "--resume", "run", "--minutes", "nan"),
    ],
)
def test_a_number_out_of_bounds_is_a_wrong_use(ganlab: Ganlab, arguments: tuple[str, ...]) -> None:
    outcome = ganlab(*arguments)
    assert outcome.code == 2, outcome.err
    assert "Traceback" not in outcome.err
    assert len(outcome.err) < 6000


def test_more_runs_than_a_benchmark_can_have_are_refused_before_any_recipe_is_read(ganlab: Ganlab) -> None:
    outcome = ganlab("benchmark", "a.yaml", "--out", "o", "--seeds", "0-999", "--splits", "1-999")
    assert outcome.code == 1
    assert "these are 999,000 runs; name fewer seeds or splits, for at most 10,000" in outcome.err
