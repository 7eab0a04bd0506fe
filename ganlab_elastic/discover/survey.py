"""What a folder of images holds: how many, how large, grey or coloured, and which files cannot be read."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image
from torch import Tensor

from ganlab_core import GanlabError, UnreadableFile, picture_batches, read_pictures, walk_images

FEWEST = 100
_NAMED = 20
_PROBE = 32  # pixels: enough to see colour, and cheap
_TOLERANCE = 10  # of 255: what compression leaves between the channels of a grey picture


@dataclass(frozen=True)
class Survey:
    """Of a folder's readable images: their widths and heights, whether all are grey; and the files that are unreadable.

    `sizes` is (width, height) of each image, as stored.
    """

    folder: Path
    sizes: tuple[tuple[int, int], ...]
    grey: bool
    unreadable: tuple[UnreadableFile, ...]

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def median_side(self) -> int:
        """The median over images of the shorter side, in pixels."""
        return int(statistics.median(min(size) for size in self.sizes))


@dataclass(frozen=True)
class _Part:
    sizes: tuple[tuple[int, int], ...]
    grey: bool
    unreadable: tuple[UnreadableFile, ...]


def survey_folder(folder: Path) -> Survey:
    """Decode every image below a folder, and look at it.

    Raises:
        GanlabError: there is no such folder, or it holds too few readable images to find classes in.
    """
    if not folder.is_dir():
        raise GanlabError(f"'{folder}' is no folder; give one that holds images")
    with picture_batches(partial(walk_images, folder), _look) as batches:
        parts = list(batches)
    survey = Survey(
        folder=folder,
        sizes=tuple(size for part in parts for size in part.sizes),
        grey=all(part.grey for part in parts),
        unreadable=tuple(file for part in parts for file in part.unreadable),
    )
    if len(survey) < FEWEST:
        unreadable = f" and {len(survey.unreadable)} unreadable files" if survey.unreadable else ""
        raise GanlabError(
            f"'{folder}' holds {len(survey)} readable images{unreadable}; classes are found in {FEWEST} or more, so "
            "give a folder with more images"
        )
    return survey


def _look(paths: tuple[Path, ...]) -> _Part:
    batch = read_pictures(paths, size=_PROBE, channels=3)
    return _Part(tuple(map(_size, batch.paths)), is_grey(batch.images_NCHW), batch.unreadable)


def is_grey(images_NCHW: Tensor) -> bool:
    """Whether no pixel of uint8 RGB images has channels further apart than compression leaves them."""
    if not len(images_NCHW):
        return True
    spread_NHW = images_NCHW.amax(dim=1).int() - images_NCHW.amin(dim=1).int()
    return int(spread_NHW.max()) <= _TOLERANCE


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        size: tuple[int, int] = image.size
    return size


def describe(survey: Survey) -> Sequence[str]:
    """The survey in lines; of the files that cannot be read the first are named."""
    widths, heights = zip(*survey.sizes, strict=True)
    smallest, largest = f"{min(widths)} x {min(heights)}", f"{max(widths)} x {max(heights)}"
    sizes = f"all {largest}" if smallest == largest else f"{smallest} to {largest}, median side {survey.median_side}"
    kind = "grey" if survey.grey else "coloured"
    lines = [f"images        {len(survey):,} in {survey.folder}, {kind}, {sizes} pixels"]
    if survey.unreadable:
        lines.append(f"unreadable    {len(survey.unreadable)} files, which are left out:")
        lines += [f"              '{file.path}' ({file.reason})" for file in survey.unreadable[:_NAMED]]
        if len(survey.unreadable) > _NAMED:
            lines.append(f"              and {len(survey.unreadable) - _NAMED} more")
    return lines
