"""Figures out of files that others may have written, so that tables and charts can be made of them."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator

_LARGEST = 1e100  # beyond it the sums and axes that are made of figures overflow


def as_figure(value: float) -> float:
    """A number as a figure: NaN, as of a model that diverged, for one that is larger than any figure could be."""
    return float(value) if abs(value) <= _LARGEST else math.nan


Figure = Annotated[float, AfterValidator(as_figure)]
"""A number in a record that is read."""
