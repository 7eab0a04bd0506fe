"""What a picture's file shows beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ganlab_core.interface.tones import Ground

Numbers: TypeAlias = Literal["integers", "floats"]


@dataclass(frozen=True)
class Levels:
    """Between which values the pixels of a picture lie that holds more than eight bits, but for one in a thousand.

    Attributes:
        read_as: the values that became 0 and 255.
    """

    numbers: Numbers
    lowest: float
    highest: float
    read_as: tuple[float, float]


@dataclass(frozen=True)
class PictureFacts:
    """What was seen of a file while it was decoded.

    Attributes:
        width: pixels, as it is shown; `height` likewise.
        frames: how many pages or frames the file has, of which the first is read.
        levels: of a picture of more than eight bits.
        ground: which one it asks for by itself; None where nothing of it is transparent.
        laid_on: which one it was laid on.
    """

    width: int
    height: int
    frames: int = 1
    levels: Levels | None = None
    ground: Ground | None = None
    laid_on: Ground | None = None
