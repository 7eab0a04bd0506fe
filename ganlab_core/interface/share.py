"""`Step` and `PositiveStep`: steps of a run, which a recipe may also give as a share of the run, such as `30 %`.

A share becomes a number where the recipe is read, or, where its steps are epochs, as the run begins: what a factory is
called with is always a number.
"""

from __future__ import annotations

import math
import re
import reprlib
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

SHARE_PATTERN = r"^(?:100(?:\.0{1,4})?|[0-9]{1,2}(?:\.[0-9]{1,4})?) ?%$"
_SHARE = re.compile(SHARE_PATTERN.removesuffix("$"))
AS_WRITTEN = {"shares": "as written"}
"""The context of a serialisation that gives shares back as the recipe had them."""

_TOTAL = "steps"  # the key of a validation's context that says how many steps the run has
_PROVISIONAL = 1_000_000


class Share(int):
    """A step that is written as a share of the run.

    Attributes:
        written: the share, such as `30 %`.
        is_settled: whether the steps of the run are known. If not, the number is that of a run of a million steps and
            serves checks alone; it is then written out as the share that it was.
    """

    written: str
    is_settled: bool

    @classmethod
    def of(cls, written: str, *, total: int | None) -> Share:
        """The step of a run of `total` steps; None where these are not known yet.

        Raises:
            ValueError: the run is too short to have parts.
        """
        share = cls(step_at(fraction_of(written), total or _PROVISIONAL))
        share.written, share.is_settled = written, total is not None
        return share


def fraction_of(written: str) -> Fraction:
    """A share as a number from 0 to 1, exactly."""
    return Fraction(written.rstrip("% ")) / 100


def step_at(fraction: Fraction, total: int) -> int:
    """The nearest step to a share of a run, the later one if two are equally near; equal shares give equal steps.

    Any share but 0 % and 100 % leaves one step or more on either side, so that a phase has a step in the shortest run.

    Raises:
        ValueError: the run has one step only, which has no two sides.
    """
    if fraction in (0, 1):
        return int(fraction) * total
    if total == 1:
        raise ValueError("is a share of the run, and a run of 1 step has no parts; raise steps to 2 or more")
    return min(max(math.floor(fraction * total + Fraction(1, 2)), 1), total - 1)


def enough_steps(less: Fraction, more: Fraction) -> int:
    """The steps from which on a run has the greater of two shares at a later step than the other."""

    def is_enough(total: int) -> bool:
        return step_at(less, total) < step_at(more, total)

    # From where they are a step apart, only the first and the last step of a run may hold both shares.
    apart = math.ceil(1 / (more - less))
    total = apart + bisect_left(range(apart, 2 * apart), True, key=is_enough)
    while total > 2 and is_enough(total - 1):
        total -= 1
    return total


def run_of(steps: int | None) -> dict[str, Any]:
    """What a validation is told, as its context, of the run whose shares it meets; None if its steps are not known."""
    return {_TOTAL: steps}


@dataclass(frozen=True)
class OrShare:
    """Marks a whole number in a type hint: a recipe may give it as a share of the run as well."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_wrap_validator_function(
            _number_or_share,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(_plain, info_arg=True),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "string", "pattern": SHARE_PATTERN}]}


def _number_or_share(
    value: Any, number: core_schema.ValidatorFunctionWrapHandler, info: core_schema.ValidationInfo
) -> int:
    """A checked number: a share is one as well, within the bounds of the type.

    Raises:
        ValueError: it is neither, or a share where nothing is known of a run.
    """
    if isinstance(value, str) and _SHARE.fullmatch(value):
        run = info.context or {}
        if _TOTAL not in run:
            raise ValueError(f"is {value!r}, a share of a run whose steps are not known here; give a number of steps")
        share = Share.of(value, total=run[_TOTAL])
        number(int(share))
        return share
    if isinstance(value, int) and not isinstance(value, bool):
        checked: int = number(value)
        return checked
    raise ValueError(f"takes a number of steps, or a share of the run such as '30 %', not {reprlib.repr(value)}")


def _plain(value: Any, info: core_schema.SerializationInfo) -> Any:
    """As a recipe holds it: a share only until it is settled, or where it is asked for as it was written."""
    if isinstance(value, Share):
        return int(value) if value.is_settled and info.context != AS_WRITTEN else value.written
    return value


Step = Annotated[int, Field(ge=0), OrShare()]
"""A step of the run, from 0: the type hint of a factory's argument such as `warm_up: Step = 0`.

In a recipe `warm_up: 200` and `warm_up: 10 %` are then both right; the latter is step 200 of a run of 2,000 steps. The
factory gets a number, and a default is a number.
"""

PositiveStep = Annotated[int, Field(gt=0), OrShare()]
"""As `Step`, of 1 or more."""
