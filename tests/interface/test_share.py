"""Shares of a run: which step each is, and how a type hint that takes them is checked, written and shown."""

from __future__ import annotations

import copy
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ganlab_core import PositiveStep, Step
from ganlab_core.interface.share import SHARE_PATTERN, Share, enough_steps, fraction_of, run_of, step_at
from ganlab_core.plugins.type_text import type_text

ANY: TypeAdapter[int] = TypeAdapter(Step)
POSITIVE: TypeAdapter[int | None] = TypeAdapter(PositiveStep | None)
PERCENTS = st.integers(0, 100_000).map(lambda thousandths: f"{thousandths // 1000}.{thousandths % 1000:03d} %")


@pytest.mark.parametrize(
    ("written", "total", "step"),
    [
        ("30 %", 50, 15),
        ("28.57 %", 2800, 800),
        ("14.97 %", 5344, 800),
        ("16.667 %", 24000, 4000),
        ("28.57%", 2, 1),
        ("28.57 %", 3, 1),
        ("0 %", 7, 0),
        ("0.0 %", 1, 0),
        ("100 %", 7, 7),
        ("100.00 %", 1, 1),
        ("0.001 %", 50, 1),
        ("99.999 %", 50, 49),
        ("50 %", 3, 2),
        ("50 %", 5, 3),
    ],
)
def test_a_share_is_the_nearest_step_and_leaves_one_on_either_side(written: str, total: int, step: int) -> None:
    assert step_at(fraction_of(written), total) == step


@given(PERCENTS, PERCENTS, st.integers(2, 100_000))
def test_shares_keep_their_order_and_lie_within_the_run(one: str, other: str, total: int) -> None:
    less, more = sorted(map(fraction_of, (one, other)))
    assert 0 <= step_at(less, total) <= step_at(more, total) <= total
    for share in (less, more):
        assert abs(step_at(share, total) - share * total) <= (Fraction(1, 2) if 1 <= share * total <= total - 1 else 1)
        assert (step_at(share, total) in (0, total)) == (share in (0, 1))


@given(PERCENTS, PERCENTS, st.data())
def test_in_a_run_of_enough_steps_two_shares_are_two_steps(one: str, other: str, data: st.DataObject) -> None:
    less, more = sorted(map(fraction_of, (one, other)))
    if less != more:
        enough = enough_steps(less, more)
        for total in (enough, data.draw(st.integers(enough, 3 * enough))):
            assert step_at(less, total) < step_at(more, total)


def test_enough_steps_are_the_fewest_that_are_enough() -> None:
    for less, more in ((49, 51), (10, 20), (1, 4), (96, 99), (33, 34)):
        shares = Fraction(less, 100), Fraction(more, 100)
        together = [total for total in range(2, 300) if len({step_at(share, total) for share in shares}) == 1]
        assert enough_steps(*shares) == max(together) + 1


def test_a_run_of_one_step_has_no_parts() -> None:
    with pytest.raises(ValueError, match="a run of 1 step has no parts; raise steps to 2 or more"):
        step_at(Fraction(1, 2), 1)


def checked(adapter: TypeAdapter[Any], text: str, **context: Any) -> Any:
    return adapter.validate_json(text, strict=True, **context)


def test_a_share_becomes_a_number_where_the_steps_are_known() -> None:
    share = checked(ANY, '"30 %"', context=run_of(50))
    assert share == 15
    assert ANY.dump_json(share) == b"15"
    assert ANY.dump_python(copy.deepcopy(share), mode="json") == 15
    assert checked(POSITIVE, "null", context=run_of(50)) is None
    assert checked(ANY, "3") == checked(ANY, "3", context=run_of(None)) == 3


def test_a_share_stays_one_where_the_steps_are_not_known_yet() -> None:
    share = checked(POSITIVE, '"30%"', context=run_of(None))
    assert isinstance(share, Share)
    assert POSITIVE.dump_json(share) == b'"30%"'


def test_a_share_is_refused_where_nothing_is_known_of_a_run() -> None:
    with pytest.raises(ValidationError, match="is '30 %', a share of a run whose steps are not known here"):
        checked(ANY, '"30 %"')


@pytest.mark.parametrize(
    ("adapter", "text", "message"),
    [
        (ANY, '"30"', "takes a number of steps, or a share of the run such as '30 %', not '30'"),
        (ANY, '"thirty %"', "such as '30 %', not 'thirty %'"),
        (ANY, '"101 %"', "such as '30 %', not '101 %'"),
        (ANY, '"-1 %"', "such as '30 %', not '-1 %'"),
        (ANY, '"30 %\\n"', "such as '30 %', not"),
        (ANY, '"٣ %"', "such as '30 %', not"),
        (ANY, "0.3", "such as '30 %', not 0.3"),
        (ANY, "true", "such as '30 %', not True"),
        (ANY, "[1]", r"such as '30 %', not \[1\]"),
        (ANY, "-1", "greater than or equal to 0"),
        (POSITIVE, "0", "greater than 0"),
        (POSITIVE, '"0 %"', "greater than 0"),
    ],
)
def test_what_is_neither_a_step_nor_a_share_is_refused(adapter: TypeAdapter[Any], text: str, message: str) -> None:
    for steps in (50, None):
        with pytest.raises(ValidationError, match=message):
            checked(adapter, text, context=run_of(steps))


def test_editors_and_readers_are_told_that_a_share_will_do() -> None:
    number, share = ANY.json_schema()["anyOf"]
    assert number == {"type": "integer", "minimum": 0}
    assert share == {"type": "string", "pattern": SHARE_PATTERN}
    for good in ("30 %", "30%", "0.5 %", "100 %", "29.5714 %"):
        assert re.search(SHARE_PATTERN, good)
    for bad in ("30", "% 30", "100.1 %", "30  %", " 30 %"):
        assert not re.search(SHARE_PATTERN, bad)
    assert type_text(Step) == "int >= 0 | share such as 30 %"
    assert type_text(PositiveStep | None) == "int > 0 | share such as 30 % | null"
