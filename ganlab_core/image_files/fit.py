"""How files are read: which are, and how a picture that is not square becomes one; as a recipe says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.interface.tones import Tones

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


@dataclass(frozen=True)
class Manner:
    """How the files of a run's collection are read, and others for it.

    Attributes:
        framing: what of a picture is kept, and how it becomes square.
        tones: how more than eight bits and transparency are read; what they leave open the files decide.
        megapixels: pictures of more are not read.
        follow_links: whether folders that are links are entered.
    """

    framing: Framing = field(default_factory=Framing)
    tones: Tones = field(default_factory=Tones)
    megapixels: int = MEGAPIXELS
    follow_links: bool = False


def manner_of(arguments: Mapping[str, Any], tones: Tones | None = None) -> Manner:
    """How a data set reads files, by its arguments where it has such, and the tones that were found of it."""
    megapixels = arguments.get("megapixels", MEGAPIXELS)
    return Manner(
        framing=framing_of(arguments),
        tones=tones or Tones(),
        megapixels=megapixels if isinstance(megapixels, int) and megapixels > 0 else MEGAPIXELS,
        follow_links=arguments.get("follow_links") is True,
    )


def framing_of(arguments: Mapping[str, Any]) -> Framing:
    """How a data set frames its files, by its arguments `crop` and `fit`, where it has such."""
    crop, fit = arguments.get("crop", 1.0), arguments.get("fit", "crop")
    return Framing(
        crop=float(crop) if isinstance(crop, int | float) and 0 < crop <= 1 else 1.0,
        fit=fit if fit in FITS else "crop",
    )
