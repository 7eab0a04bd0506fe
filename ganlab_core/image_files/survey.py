"""Looking at every image below a folder once, in the tones that all of them ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from ganlab_core.image_files.asking import asks_for_tones
from ganlab_core.image_files.batches import picture_batches
from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.image_files.common_tones import common_tones, told
from ganlab_core.image_files.facts import PictureFacts
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.pictures import PictureBatch, UnreadableFile, read_pictures
from ganlab_core.image_files.remarks import Remarks
from ganlab_core.image_files.walk import Walk
from ganlab_core.interface.tones import Tones

T = TypeVar("T")


@dataclass(frozen=True)
class FolderSurvey(Generic[T]):
    """What was seen of each batch of images, in no order, and of the folder.

    Attributes:
        looks: what `look` gave for each batch.
        unreadable: files that could not be read.
        passed_over: what was not taken for an image, a sentence a kind, with the way out.
        remarks: what is worth knowing of the images as they are read, a sentence each.
    """

    looks: tuple[T, ...]
    unreadable: tuple[UnreadableFile, ...]
    passed_over: tuple[str, ...]
    remarks: tuple[str, ...]


def survey_pictures(
    folder: Path,
    look: Callable[[PictureBatch], T],
    *,
    size: int,
    channels: int,
    fit: Fit = "crop",
    megapixels: int = MEGAPIXELS,
    follow_links: bool = False,
) -> FolderSurvey[T]:
    """Read every image below a folder and look at it; of each picture as little is kept as `look` gives.

    Args:
        look: called with batches of readable images.
        size: pixels of a side.
        channels: 1 (grey) or 3 (RGB).
        fit: how pictures become square.
        megapixels: pictures of more are unreadable.
        follow_links: enter folders that are links too.
    """
    walk = Walk(folder, follow_links=follow_links)
    read = partial(read_pictures, size=size, channels=channels, fit=fit, megapixels=megapixels)
    survey = _Survey(look)
    with picture_batches(lambda: iter(walk), read) as batches:
        for batch in batches:
            survey.take(batch)
    tones = common_tones(survey.facts)
    with picture_batches(lambda: iter(survey.waiting), partial(read, tones=tones)) as batches:
        for batch in batches:
            survey.see(batch)
    return FolderSurvey(
        looks=tuple(survey.looks),
        unreadable=tuple(survey.unreadable),
        passed_over=tuple(walk.passed_over()),
        remarks=(*told(tones), *survey.remarks.sentences()),
    )


class _Survey(Generic[T]):
    """What was seen so far, and the files that wait for what all of the others ask for."""

    def __init__(self, look: Callable[[PictureBatch], T]) -> None:
        self._look = look
        self.looks: list[T] = []
        self.unreadable: list[UnreadableFile] = []
        self.facts: list[PictureFacts] = []
        self.waiting: list[Path] = []
        self.remarks = Remarks()

    def take(self, batch: PictureBatch) -> None:
        """See what can be seen at once."""
        asks = [facts.levels is not None or facts.ground is not None for facts in batch.facts]
        self.waiting += [path for path, waits in zip(batch.paths, asks, strict=True) if waits]
        self.facts += [facts for facts, waits in zip(batch.facts, asks, strict=True) if waits]
        self.unreadable += batch.unreadable
        self.see(_part(batch, [not waits for waits in asks]) if any(asks) else batch)

    def see(self, batch: PictureBatch) -> None:
        """Look at images that are read as they are to be."""
        self.remarks.take(batch.images_NCHW, batch.facts)
        self.looks.append(self._look(batch))


def _part(batch: PictureBatch, chosen: Sequence[bool]) -> PictureBatch:
    places = [place for place, wanted in enumerate(chosen) if wanted]
    return PictureBatch(
        images_NCHW=batch.images_NCHW[places],
        paths=tuple(batch.paths[place] for place in places),
        facts=tuple(batch.facts[place] for place in places),
    )


def tones_of_files(paths: Iterable[Path], *, known: Tones | None = None, megapixels: int = MEGAPIXELS) -> Tones:
    """The tones in which files are to be read: those known, and where these say nothing what the files ask for.

    Of each file the header is read, and only those are decoded that ask for something.
    """
    known = known or Tones()
    if None in (known.integers, known.floats, known.ground):
        return common_tones(_asking(paths, megapixels), known=known)
    return known


def _asking(paths: Iterable[Path], megapixels: int) -> Iterator[PictureFacts]:
    with picture_batches(lambda: iter(paths), partial(_facts, megapixels=megapixels)) as batches:
        for facts in batches:
            yield from facts


def _facts(paths: tuple[Path, ...], *, megapixels: int) -> Sequence[PictureFacts]:
    return read_pictures(filter(asks_for_tones, paths), size=1, channels=1, megapixels=megapixels).facts
