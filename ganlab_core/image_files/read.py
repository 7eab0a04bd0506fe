"""Image files below a folder: which there are, and reading them. What data sets of image folders share."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from torch import Tensor

from ganlab_core.image_files.batches import picture_batches
from ganlab_core.image_files.decode import decode_picture
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.unreadable import Unreadable, UnreadableError
from ganlab_core.image_files.walk import walk_images
from ganlab_core.interface.errors import GanlabError

_BATCH_SIZE = 16  # small, so that few files have work for every thread, and little is read in vain
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadImages:
    """Images `(C, size, size)` uint8 and the files that they were read from, in the same order."""

    paths: tuple[Path, ...]
    images_CHW: tuple[Tensor, ...]


def image_paths(folder: Path, *, asked_by: str) -> list[Path]:
    """All that `walk_images` finds below a folder.

    Args:
        asked_by: the data set, as warnings name it.
    """
    return list(walk_images(folder, asked_by=asked_by))


def read_images(
    paths: list[Path],
    *,
    size: int,
    channels: int,
    unreadable: Unreadable,
    asked_by: str,
    crop: float = 1.0,
    fit: Fit = "crop",
) -> ReadImages:
    """The files that can be read, as `read_picture` reads them, in their order; threads decode them.

    Args:
        unreadable: at a file that cannot be read, stop, or skip it; one warning names all that were skipped.
        asked_by: the data set, as errors and warnings name it.

    Raises:
        GanlabError: a file that cannot be read, the first of them, where `unreadable` is stop.
    """
    look = partial(_decode, size=size, channels=channels, crop=crop, fit=fit)
    read: list[Path] = []
    images: list[Tensor] = []
    skipped: list[str] = []
    with picture_batches(lambda: iter(paths), look, batch_size=_BATCH_SIZE) as batches:
        for path, found in chain.from_iterable(batches):
            if isinstance(found, Tensor):
                images.append(found)
                read.append(path)
            elif unreadable == "stop":
                raise GanlabError(
                    f"{asked_by}: '{path}' cannot be read ({found}); repair or remove it, or set `unreadable: skip`"
                ) from found
            else:
                skipped.append(f"'{path}' ({found})")
    if skipped:
        _log.warning("%s: skipped %d unreadable files: %s", asked_by, len(skipped), ", ".join(skipped))
    return ReadImages(tuple(read), tuple(images))


def _decode(
    paths: tuple[Path, ...], *, size: int, channels: int, crop: float, fit: Fit
) -> list[tuple[Path, Tensor | UnreadableError]]:
    """Each file with its image, or with why it has none."""
    found: list[tuple[Path, Tensor | UnreadableError]] = []
    for path in paths:
        try:
            found.append((path, decode_picture(path, size=size, channels=channels, crop=crop, fit=fit)))
        except UnreadableError as error:
            found.append((path, error))
    return found
