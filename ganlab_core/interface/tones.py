"""`Tones`: how pixels that are not eight opaque bits become so; found for a whole collection, and kept with its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Ground: TypeAlias = Literal["white", "black"]
"""What is transparent is laid on it."""


@dataclass(frozen=True)
class Tones:
    """What is shown black and what white, and what transparent pixels are laid on; None where nothing asked for it.

    Attributes:
        integers: the values of pixels of 9 to 32 bits that become 0 and 255.
        floats: those of floating-point pixels.
        ground: what drawings and cut-out objects are laid on, but for those that would vanish there.
    """

    integers: tuple[float, float] | None = None
    floats: tuple[float, float] | None = None
    ground: Ground | None = None

    def __post_init__(self) -> None:
        for name, ends in (("integers", self.integers), ("floats", self.floats)):
            if ends is not None and not -1e300 < ends[0] < ends[1] < 1e300:
                raise ValueError(f"{name}: {ends[0]} to {ends[1]} is no range")

    def or_else(self, others: Tones) -> Tones:
        """These, and the others' where these say nothing."""
        return Tones(
            integers=self.integers or others.integers,
            floats=self.floats or others.floats,
            ground=self.ground or others.ground,
        )
