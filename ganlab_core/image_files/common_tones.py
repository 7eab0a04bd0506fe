"""From what each picture of a collection shows to the tones in which all of them are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ganlab_core.image_files.depth import FULL, range_of
from ganlab_core.image_files.facts import Levels, Numbers, PictureFacts
from ganlab_core.interface.tones import Tones


def common_tones(facts: Iterable[PictureFacts], *, known: Tones | None = None) -> Tones:
    """The tones of a collection: what is known of it, and else what its pictures ask for.

    The ground is black where half of the transparent pictures or more would vanish on white.

    Args:
        known: those of a run that was trained on it, or on others like it.
    """
    levels: dict[Numbers, list[Levels]] = {"integers": [], "floats": []}
    grounds = {"white": 0, "black": 0}
    for each in facts:
        if each.levels is not None:
            levels[each.levels.numbers].append(each.levels)
        if each.ground is not None:
            grounds[each.ground] += 1
    found = Tones(
        integers=range_of(levels["integers"]) if levels["integers"] else None,
        floats=range_of(levels["floats"]) if levels["floats"] else None,
        ground=None if not any(grounds.values()) else "black" if grounds["black"] >= grounds["white"] else "white",
    )
    return (known or Tones()).or_else(found)


def is_settled(facts: PictureFacts, tones: Tones) -> bool:
    """Whether a picture that was decoded by itself is what it would be in these tones."""
    if facts.levels is not None:
        return facts.levels.read_as == (tones.integers if facts.levels.numbers == "integers" else tones.floats)
    return facts.ground is None or tones.ground != "black" or facts.laid_on == "black"


def told(tones: Tones) -> Sequence[str]:
    """What is not read as any program shows it, a sentence each."""
    said = []
    if tones.integers not in (None, FULL):
        said.append(f"of more than 8 bits, values of {_ends(tones.integers)} are read as black to white")
    if tones.floats is not None:
        said.append(f"of floating-point pixels, values of {_ends(tones.floats)} are read as black to white")
    if tones.ground == "black":
        said.append("transparent pictures are laid on black, since most of them would vanish on white")
    return said


def _ends(ends: tuple[float, float] | None) -> str:
    assert ends is not None
    return f"{ends[0]:g} to {ends[1]:g}"
