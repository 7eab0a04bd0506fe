"""Image files below a folder: which there are, and reading them. What data sets of image folders share."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from torch import Tensor

from ganlab_core.component import GanlabError
from ganlab_core.datasets.picture import UnreadableError, read_picture
from ganlab_core.datasets.walk import walk_images

Unreadable: TypeAlias = Literal["stop", "skip"]
"""What to do at a file that cannot be read."""

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
    paths: list[Path], *, size: int, channels: int, unreadable: Unreadable, asked_by: str, crop: float = 1.0
) -> ReadImages:
    """The files that can be read, as `read_picture` reads them, in their order.

    Args:
        unreadable: at a file that cannot be read, stop, or skip it; one warning names all that were skipped.
        asked_by: the data set, as errors and warnings name it.

    Raises:
        GanlabError: a file that cannot be read, where `unreadable` is stop.
    """
    read: list[Path] = []
    images: list[Tensor] = []
    skipped: list[str] = []
    for path in paths:
        try:
            images.append(read_picture(path, size=size, channels=channels, crop=crop))
            read.append(path)
        except UnreadableError as error:
            if unreadable == "stop":
                raise GanlabError(
                    f"{asked_by}: '{path}' cannot be read ({error}); repair or remove it, or set `unreadable: skip`"
                ) from error
            skipped.append(f"'{path}' ({error})")
    if skipped:
        _log.warning("%s: skipped %d unreadable files: %s", asked_by, len(skipped), ", ".join(skipped))
    return ReadImages(tuple(read), tuple(images))
