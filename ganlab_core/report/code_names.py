"""What the codes of a run are called, in which order they are shown, and their colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 50


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


def name_codes(
    matched_K: Sequence[int | None], class_names: Sequence[str], *, colours: Sequence[str]
) -> list[CodeName]:
    """A name for each code, in the prior's order."""
    return [
        CodeName(index, None if label is None else class_names[label], colours[index])
        for index, label in enumerate(matched_K)
    ]


def largest_first(names: Sequence[CodeName], shares_K: Sequence[float]) -> list[CodeName]:
    """The codes with most mass, the largest first; not more than a reader could look at."""
    return sorted(names, key=lambda name: -shares_K[name.index])[:_MOST]
