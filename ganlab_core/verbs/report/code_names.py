"""What the codes of a run are called, in which order they are shown, and their colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ganlab_core.interface.proportions import Pair

MOST = 50  # more than that no reader could look at
_ASLEEP = 0.01


@dataclass(frozen=True)
class CodeName:
    """A category of the class code.

    Attributes:
        index: its number in the prior.
        label: the name of the class that it was matched to; None where it is not known.
        colour: as `#rrggbb`.
    """

    index: int
    label: str | None
    colour: str

    @property
    def text(self) -> str:
        """The class where that is known, and the code's number."""
        return f"code {self.index}" if self.label is None else f"{self.label} (code {self.index})"


def name_codes(pairs: Sequence[Pair], *, colours: Sequence[str]) -> list[CodeName]:
    """A name for each code of the pairs, in their order, which is the prior's."""
    return [CodeName(pair.code, pair.label, colours[pair.code]) for pair in pairs if pair.code is not None]


def shown_codes(
    names: Sequence[CodeName],
    *,
    learned_K: Sequence[float] | None,
    assigned_K: Sequence[float] | None,
    true_K: Sequence[float | None],
) -> list[CodeName]:
    """The codes with most mass, the largest first, not more than a reader could look at; those asleep are left out.

    A code is asleep if no real image has it, no class was matched to it and the prior gives it 1 % at most. Where the
    prior has not been learned yet (None), the mass is the part of the real images.
    """
    mass_K = learned_K or assigned_K or [0.0] * len(names)
    awake = names
    if assigned_K is not None:
        awake = [name for name in names if assigned_K[name.index] or true_K[name.index] or mass_K[name.index] > _ASLEEP]
    return sorted(awake, key=lambda name: -mass_K[name.index])[:MOST]
