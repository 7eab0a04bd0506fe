"""`found.json`: what classes were found among a run's images, how surely, and what would make it surer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import FiniteFloat, NonNegativeInt

from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.records import read_record_if_any, write_record


@dataclass(frozen=True)
class Found:
    """The classes of a run's images, told in figures and in plain words.

    Attributes:
        counts: how many images each code was given; a code without images is no class.
        mean_confidences: the mean probability of each code's images to be of it, 0 to 1; None for one without images.
        confidence: the mean probability over all images, 0 to 1.
        separation: how well the classes are separated, from 0, not at all, to 1.
        well_separated: whether `confidence` and `separation` are such that the classes can be relied on.
        features: the frozen features that they were found in; None where they were learned from the pixels.
        drawn: whether the generator has learned to draw them; where not, its images show nothing.
        sentence: all of it in plain words.
        advice: what to try for surer classes, a sentence each; none where they are well separated.
        given_up: what the time did not suffice for and how to have it, a sentence each.
    """

    counts: tuple[NonNegativeInt, ...]
    mean_confidences: tuple[FiniteFloat | None, ...]
    confidence: FiniteFloat
    separation: FiniteFloat
    well_separated: bool
    features: str | None
    drawn: bool
    sentence: str
    advice: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()

    @property
    def images(self) -> int:
        """How many images were given a class."""
        return sum(self.counts)

    @property
    def classes(self) -> int:
        """How many codes have images."""
        return sum(count > 0 for count in self.counts)

    @property
    def largest_share(self) -> float:
        """The part of the images that the largest class has."""
        return max(self.counts, default=0) / max(self.images, 1)


def read_found(run: Path) -> Found | None:
    """What was found in a run; None of one that does not say.

    Raises:
        GanlabError: the file is damaged.
    """
    return read_record_if_any(RunFolder(run).found, Found)


def write_found(found: Found, run: Path) -> None:
    """Write what was found into the run's folder, in place of what was found before.

    Raises:
        OSError: the folder cannot be written; what was there is as it was.
    """
    write_record(found, RunFolder(run).found)
