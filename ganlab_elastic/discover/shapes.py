"""Which way of making pictures square loses least: padding, cropping or stretching; from their shapes and borders."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ganlab_core import Fit
from ganlab_elastic.discover.survey import Survey

_LITTLE = 0.1  # of a picture: what cropping may cut off without a thought
_MUCH = 0.34  # what it may cut off where a photo goes to the edge; 3:4 loses 0.25, 2:3 loses 0.33
_ALIKE = 0.1  # how far the logarithm of width to height may spread among pictures of one shape


@dataclass(frozen=True)
class Fitting:
    """How pictures become square, and why so."""

    fit: Fit
    why: str

    def describe(self) -> str:
        """The choice in a line."""
        return f"{_DONE[self.fit]} ({self.why})"


_DONE: dict[Fit, str] = {
    "crop": "cropped to the centred square",
    "pad": "padded to squares with the colour of their border",
    "stretch": "stretched to squares",
}


def choose_fit(survey: Survey, asked: Fit | None) -> Fitting:
    """What was asked for, or what fits the shapes and borders of a folder's pictures.

    Cropping keeps objects largest, so it is chosen where it cuts off hardly anything, and for photos whose content
    reaches the edge anyway. Padding keeps all of an object and its proportions, and nobody sees it where the ground is
    even. Stretching is for long pictures of one shape, which it changes all alike.
    """
    if asked is not None:
        return Fitting(asked, "as asked")
    lost = statistics.fmean(1.0 - min(size) / max(size) for size in survey.sizes)
    if lost <= _LITTLE:
        return Fitting("crop", "all are square" if not lost else f"{lost:.1%} is cut off")
    even = _share_of_even(survey)
    if even > 0.5:
        return Fitting("pad", f"{even:.0%} of those that are not square have an even border")
    if lost <= _MUCH:
        return Fitting("crop", f"content reaches the edges, of which {lost:.0%} is cut off")
    if _spread(survey.sizes) <= _ALIKE:
        return Fitting("stretch", f"all have one shape, of which a square would cut off {lost:.0%}")
    return Fitting("pad", f"shapes differ, and squares would cut off {lost:.0%}")


def _share_of_even(survey: Survey) -> float:
    """Of the pictures that are not square, the part that has an even border."""
    even = [is_even for size, is_even in zip(survey.sizes, survey.even, strict=True) if size[0] != size[1]]
    return sum(even) / max(len(even), 1)


def _spread(sizes: Sequence[tuple[int, int]]) -> float:
    """The standard deviation of the logarithm of width to height."""
    return statistics.pstdev(math.log(width / height) for width, height in sizes)
