"""Image files below a folder: which there are, and reading them. What data sets of image folders share."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core.image_files.batches import BATCH_SIZE, picture_batches
from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.image_files.common_tones import common_tones, is_settled, told
from ganlab_core.image_files.decode import Decoded, decode_picture
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.remarks import Remarks
from ganlab_core.image_files.unreadable import Unreadable, UnreadableError
from ganlab_core.image_files.walk import walk_images
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.tones import Tones

_AT_ONCE = 16  # small, so that few files have work for every thread, and little is read in vain
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadImages:
    """Images `(C, size, size)` uint8 and the files that they were read from, in the same order.

    `tones` are those of all of them: how more than eight bits and transparency were read. `remarks` are what is worth
    knowing of them, a sentence each.
    """

    paths: tuple[Path, ...]
    images_CHW: tuple[Tensor, ...]
    tones: Tones = field(default_factory=Tones)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """How files are decoded, as `decode_picture` takes it."""

    size: int
    channels: int
    crop: float
    fit: Fit
    megapixels: int

    def decode(self, paths: tuple[Path, ...], tones: Tones | None) -> list[tuple[Path, Decoded | UnreadableError]]:
        """Each file with its image, or with why it has none."""
        found: list[tuple[Path, Decoded | UnreadableError]] = []
        for path in paths:
            try:
                decoded = decode_picture(
                    path,
                    size=self.size,
                    channels=self.channels,
                    crop=self.crop,
                    fit=self.fit,
                    tones=tones,
                    megapixels=self.megapixels,
                )
                found.append((path, decoded))
            except UnreadableError as error:
                found.append((path, error))
        return found


def image_paths(folder: Path, *, asked_by: str, follow_links: bool = False) -> list[Path]:
    """All that `walk_images` finds below a folder.

    Args:
        asked_by: the data set, as warnings name it.
        follow_links: enter folders that are links too.
    """
    return list(walk_images(folder, asked_by=asked_by, follow_links=follow_links))


def read_images(
    paths: list[Path],
    *,
    size: int,
    channels: int,
    unreadable: Unreadable,
    asked_by: str,
    crop: float = 1.0,
    fit: Fit = "crop",
    megapixels: int = MEGAPIXELS,
    tones: Tones | None = None,
) -> ReadImages:
    """The files that can be read, as `read_picture` reads them, in their order; threads decode them.

    Pictures of more than eight bits are read in one range, and transparent ones laid on one ground, which all of the
    files together ask for; those that are read otherwise by themselves are decoded twice. Warnings say what was
    found so, how many images are blank and which files have several pages.

    Args:
        unreadable: at a file that cannot be read, stop, or skip it; one warning names all that were skipped.
        asked_by: the data set, as errors and warnings name it.
        megapixels: pictures of more are unreadable.
        tones: those of a collection that these files belong to.

    Raises:
        GanlabError: a file that cannot be read, the first of them, where `unreadable` is stop.
    """
    reading = _Reading(size, channels, crop, fit, megapixels)
    skipped: list[str] = []
    read = dict(_readable(paths, reading, tones, unreadable=unreadable, asked_by=asked_by, skipped=skipped))
    common = common_tones((each.facts for each in read.values()), known=tones)
    again = [path for path, each in read.items() if not is_settled(each.facts, common)]
    read.update(_readable(again, reading, common, unreadable="stop", asked_by=asked_by, skipped=skipped))
    if skipped:
        _log.warning("%s: skipped %d unreadable files: %s", asked_by, len(skipped), ", ".join(skipped))
    remarks = (*told(common), *_remarks(list(read.values())))
    for sentence in remarks:
        _log.warning("%s: %s", asked_by, sentence)
    return ReadImages(tuple(read), tuple(each.image_CHW for each in read.values()), common, remarks)


def _readable(
    paths: list[Path],
    reading: _Reading,
    tones: Tones | None,
    *,
    unreadable: Unreadable,
    asked_by: str,
    skipped: list[str],
) -> Iterator[tuple[Path, Decoded]]:
    """What can be read of some files; what cannot is added to `skipped`."""
    look = partial(reading.decode, tones=tones)
    with picture_batches(lambda: iter(paths), look, batch_size=_AT_ONCE) as batches:
        for path, found in chain.from_iterable(batches):
            if isinstance(found, Decoded):
                yield path, found
            elif unreadable == "stop":
                raise GanlabError(
                    f"{asked_by}: '{path}' cannot be read ({found}); repair or remove it, or set `unreadable: skip`"
                ) from found
            else:
                skipped.append(f"'{path}' ({found})")


def _remarks(read: Sequence[Decoded]) -> Sequence[str]:
    remarks = Remarks()
    for start in range(0, len(read), BATCH_SIZE):
        batch = read[start : start + BATCH_SIZE]
        remarks.take(torch.stack([each.image_CHW for each in batch]), [each.facts for each in batch])
    return remarks.sentences()
