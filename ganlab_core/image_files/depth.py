"""Pixels of more than eight bits: their values, between which levels they lie, and eight bits of them.

Memory stays near that of the picture itself: what computes in wider numbers goes strip by strip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from ganlab_core.image_files.facts import Levels, Numbers

Values: TypeAlias = np.ndarray[Any, np.dtype[Any]]  # (H, W) or (H, W, C)

_GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_STRIP = 1 << 19  # pixels
_CEILINGS: dict[Numbers, tuple[float, ...]] = {
    "integers": (255, 1023, 4095, 16383, 65535),  # of 8, 10, 12, 14 and 16 bits
    "floats": (1.0, 255, 1023, 4095, 16383, 65535),
}
FULL = (0.0, 65535.0)
"""Of 16 bits, whose upper ones any program shows."""

_SPECKS = 0.001  # of a picture's pixels: dead and hot ones of a sensor
_FEW = 0.01  # of a collection's pictures
_ENOUGH = 0.25  # of a range that is in use


@dataclass(frozen=True)
class DeepPixels:
    """The values of a picture, which are made when they are asked for.

    Attributes:
        rows: gives those from one row to before another, `(R, W)` of a grey picture, else `(R, W, C)`.
    """

    width: int
    height: int
    rows: Callable[[int, int], Values]

    def strips(self) -> Iterator[tuple[int, Values]]:
        """All of them from top to bottom, each strip with its first row."""
        rows = max(1, _STRIP // max(self.width, 1))
        for top in range(0, self.height, rows):
            yield top, self.rows(top, min(top + rows, self.height))

    def map(self, function: Callable[[Values], Values]) -> Image.Image:
        """The image that a function makes of the values: uint8, grey or of three channels."""
        parts = [(top, Image.fromarray(function(values))) for top, values in self.strips()]
        found = Image.new(parts[0][1].mode, (self.width, self.height))
        for top, part in parts:
            found.paste(part, (0, top))
        return found


def grey_pixels(image: Image.Image) -> DeepPixels | None:
    """A grey image of more than eight bits or of floats; None of any other."""
    if image.mode not in _GREY and image.mode != "F":
        return None

    def rows(top: int, bottom: int) -> Values:
        return np.asarray(image.crop((0, top, image.width, bottom)))

    return DeepPixels(image.width, image.height, rows)


def levels_of(pixels: DeepPixels, *, given: tuple[float, float] | None) -> Levels:
    """Between which values a picture lies, and how it is to be read.

    Args:
        given: the values that become 0 and 255; None where they are not known of the collection.
    """
    step = max(1, int(np.sqrt(pixels.width * pixels.height / _STRIP)))
    some = np.concatenate([values[-top % step :: step, ::step].ravel() for top, values in pixels.strips()])
    numbers: Numbers = "floats" if some.dtype.kind == "f" else "integers"
    some = some[np.isfinite(some)] if numbers == "floats" else some
    if not some.size:
        return Levels(numbers, 0.0, 0.0, given or (0.0, 1.0))
    lowest = float(np.quantile(some, _SPECKS, method="lower"))
    highest = float(np.quantile(some, 1 - _SPECKS, method="higher"))
    alone = Levels(numbers, lowest, highest, FULL)
    if given is None:
        given = FULL if numbers == "integers" and FULL[0] <= lowest <= highest <= FULL[1] else range_of([alone])
    return Levels(numbers, lowest, highest, given)


def range_of(levels: Sequence[Levels]) -> tuple[float, float]:
    """The values that are to be black and white in all of a collection's pictures, all integers or all floats.

    Zero and the end of 8, 10, 12, 14 or 16 bits, the fewest that hold the collection (of floats 1 as well), or -1 and
    1; where less than a quarter of that is in use, or values are outside of it all, the levels themselves.
    """
    lowest = float(np.quantile([each.lowest for each in levels], _FEW, method="lower"))
    highest = float(np.quantile([each.highest for each in levels], 1 - _FEW, method="higher"))
    ceilings = _CEILINGS[levels[0].numbers]
    if lowest == highest:  # no range would show more
        return (min(lowest, 0.0), max(highest, FULL[1] if levels[0].numbers == "integers" else ceilings[0]))
    if lowest >= 0:
        ceiling = next((end for end in ceilings if highest <= end), None)
        if ceiling is not None and highest - lowest >= _ENOUGH * ceiling:
            return (0.0, ceiling)
    elif levels[0].numbers == "floats" and lowest >= -1 and highest <= 1 and highest - lowest >= _ENOUGH * 2:
        return (-1.0, 1.0)
    return (lowest, highest)


def eight_bits(values: Values, read_as: tuple[float, float]) -> Values:
    """uint8 of the same shape; what lies outside of the range is black or white, and what is no number black."""
    black, white = read_as
    found = np.nan_to_num((values.astype(np.float64) - black) / ((white - black) / 255.0), nan=0.0)
    return found.round().clip(0, 255).astype(np.uint8)
