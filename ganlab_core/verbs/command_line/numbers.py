"""Types of numeric options: whole numbers and finite ones, each with both bounds.

Without an upper bound a slip of the finger is found out when memory, disk or days are gone.
"""

from __future__ import annotations

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A number between two bounds; `nan`, which no comparison leaves out, and infinity are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number.

        Raises:
            click.BadParameter: it is none, not finite, or out of bounds.
        """
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


SEED = click.IntRange(0, 2**63 - 1)
"""What a recipe's `seed` may be."""

STEPS = click.IntRange(1, 10**9)
"""Steps of training."""

IMAGES = click.IntRange(1, 10**7)
"""Images to draw, or to work on at once."""

CATEGORY = click.IntRange(0, 10**6)
"""A category of a code."""

PROCESSES = click.IntRange(1, 1024)
"""Processes side by side, or threads of one."""

END = FiniteRange(-1e6, 1e6)
"""An end of a continuous code's range."""

MEGAPIXELS_RANGE = click.IntRange(1, 100_000)
"""The most that a picture may hold, in millions of pixels."""
