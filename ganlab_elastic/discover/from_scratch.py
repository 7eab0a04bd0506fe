"""How classes are found without frozen features: in photographs by linkage, in small grey pictures by fine clusters."""

from __future__ import annotations

from typing import Any

_SMALL = 28  # pixels; grey pictures up to here are strokes rather than photographs
_APART = 0.09  # rather a class too many than one too few: two codes can be joined, one cannot be told apart
LESSONS = 0.3  # of the steps in which classes are found
_GREY_STROKES = {"shift": 0.06, "distort": 0.8}
_GREY_PHOTOGRAPHS = {"rotate": 15, "zoom": [1.0, 1.0], "crop": 0.55, "stretch": 1.34, "jitter": 0.2}
_COLOUR_PHOTOGRAPHS = {"rotate": 10, "zoom": [1.0, 1.0], "crop": 0.55, "stretch": 1.34, "jitter": 0.3, "grey": 0.1}


def are_photographs(*, grey: bool, size: int) -> bool:
    """Whether pictures are so rich that fine clusters of them are not apart."""
    return not grey or size > _SMALL


def views_that_find(*, grey: bool, size: int, flip: bool) -> dict[str, Any]:
    """What shows the same while classes are found."""
    grey_views = _GREY_PHOTOGRAPHS if are_photographs(grey=grey, size=size) else _GREY_STROKES
    return {**(grey_views if grey else _COLOUR_PHOTOGRAPHS), "flip": flip}


def told_views(*, grey: bool, size: int) -> str:
    """The same in words, without mirror images."""
    if not are_photographs(grey=grey, size=size):
        return "shifts, rotations, zooms and distortions"
    return "crops, rotations, other brightness" if grey else "crops, rotations, other brightness, less colour"


def trunk_that_finds(*, grey: bool, size: int, width: int) -> dict[str, Any]:
    """The recognition network's trunk."""
    return {"use": "residual" if are_photographs(grey=grey, size=size) else "dcgan", "width": width}


def loss_that_finds(*, grey: bool, size: int, flip: bool, counted: bool, steps: int) -> dict[str, Any]:
    """The loss `discovery` of a recipe, in the first `steps` of its steps."""
    common = {"ends": steps, "views": views_that_find(grey=grey, size=size, flip=flip)}
    if are_photographs(grey=grey, size=size):
        return {"use": "linkage", "find_at": steps - round(LESSONS * steps), "counted": counted, **common}
    return {"merge_at": steps, **common, **({"apart": _APART} if counted else {})}
