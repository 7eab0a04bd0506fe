"""How a picture that is not square becomes one: what is said of it in a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

Fit: TypeAlias = Literal["pad", "crop", "stretch"]
"""Pad to a square with the colour of the picture's border, crop the largest centred square, or stretch both sides."""

FITS: tuple[Fit, ...] = get_args(Fit)


@dataclass(frozen=True)
class Framing:
    """What of a picture is kept, and how it becomes square.

    Attributes:
        crop: above 0, at most 1: the centred part that is kept of its sides.
        fit: how that part becomes square.
    """

    crop: float = 1.0
    fit: Fit = "crop"


def framing_of(arguments: Mapping[str, Any]) -> Framing:
    """How a data set frames its files, by its arguments `crop` and `fit`, where it has such."""
    crop, fit = arguments.get("crop", 1.0), arguments.get("fit", "crop")
    return Framing(
        crop=float(crop) if isinstance(crop, int | float) and 0 < crop <= 1 else 1.0,
        fit=fit if fit in FITS else "crop",
    )
