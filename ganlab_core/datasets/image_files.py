"""Image files below a folder: which there are, and reading them. What data sets of image folders share."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from torch import Tensor

from ganlab_core.component import GanlabError
from ganlab_core.datasets.picture import SUFFIXES, UnreadableError, read_picture

Unreadable: TypeAlias = Literal["stop", "skip"]
"""What to do at a file that cannot be read."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadImages:
    """Images `(C, size, size)` uint8 and the files that they were read from, in the same order."""

    paths: tuple[Path, ...]
    images_CHW: tuple[Tensor, ...]


def image_paths(folder: Path, *, asked_by: str) -> list[Path]:
    """Image files below a folder, told by their suffixes and sorted by their path in it; none is opened.

    Hidden files, linked folders, and links that lead out of the folder are passed over.

    Args:
        asked_by: the data set, as warnings name it.
    """
    inside = folder.resolve()
    found: list[Path] = []
    linked_out = 0
    for place, subfolders, files in os.walk(folder):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        candidates = [Path(place, name) for name in files if not name.startswith(".")]
        for path in candidates:
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                continue
            # Linked folders are not entered, so only a file that is a link itself can lie elsewhere.
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                linked_out += 1
            else:
                found.append(path)
    if linked_out:
        _log.warning("%s: passed over %d links that lead out of '%s'", asked_by, linked_out, folder)
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


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
