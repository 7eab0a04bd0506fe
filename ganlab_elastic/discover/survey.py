"""What a folder of images holds: how many, how large, grey or coloured, on what ground, and which are unreadable."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ganlab_core import GanlabError, UnreadableFile, picture_batches, read_pictures, walk_images
from ganlab_elastic.discover.sizes import FEWEST_A_CLASS

FEWEST = 100
_NAMED = 20
_PROBE = 32  # pixels: enough to see colour, and cheap
_NEAR = 24  # of 255, in every channel: shading and compression of an even ground
_MOST = 0.75  # of the border's pixels; the object may touch it
_ORIENTATION, _ON_ITS_SIDE = 0x0112, 5  # the tag of EXIF, and its least value for a camera that was held upright
_TOLERANCE = 10  # of 255: what compression leaves between the channels of a grey picture


@dataclass(frozen=True)
class Survey:
    """Of a folder's readable images: their widths and heights, whether all are grey; and the files that are unreadable.

    `sizes` is (width, height) of each image, as it is shown; `even` whether its border has one colour.
    """

    folder: Path
    sizes: tuple[tuple[int, int], ...]
    grey: bool
    unreadable: tuple[UnreadableFile, ...]
    even: tuple[bool, ...] = ()

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def median_side(self) -> int:
        """The median over images of the shorter side, in pixels."""
        return int(statistics.median(min(size) for size in self.sizes))

    @property
    def median_longer_side(self) -> int:
        """The median over images of the longer side, in pixels."""
        return int(statistics.median(max(size) for size in self.sizes))


@dataclass(frozen=True)
class _Part:
    sizes: tuple[tuple[int, int], ...]
    even: tuple[bool, ...]
    grey: bool
    unreadable: tuple[UnreadableFile, ...]


def require_folder(folder: Path) -> None:
    """Refuse what is no folder, or one that a recipe cannot name.

    Raises:
        GanlabError: the text says which it is.
    """
    if not folder.is_dir():
        raise GanlabError(f"'{folder}' is no folder; give one that holds images")
    try:
        str(folder.resolve()).encode()
    except UnicodeEncodeError as error:
        raise GanlabError(
            f"{str(folder.resolve())!r} is not UTF-8 text, which a recipe cannot hold; rename the folder"
        ) from error


def require_images(folder: Path, classes: int | None) -> None:
    """Refuse more classes than there are images for, by the files' names: nothing is opened.

    Raises:
        GanlabError: the text says how many there may be.
    """
    if classes is None:
        return
    wanted = FEWEST_A_CLASS * classes
    found = sum(1 for _ in islice(walk_images(folder), wanted))
    if found < wanted:
        most = found // FEWEST_A_CLASS
        raise GanlabError(
            f"--classes {classes}: '{folder}' holds {found} image files, and a class needs {FEWEST_A_CLASS} or more; "
            + (f"ask for at most {most}, or give more images" if most > 1 else "give more images")
        )


def survey_folder(folder: Path) -> Survey:
    """Decode every image below a folder, and look at it.

    Raises:
        GanlabError: it holds too few readable images to find classes in.
    """
    with picture_batches(partial(walk_images, folder), _look) as batches:
        parts = list(batches)
    survey = Survey(
        folder=folder,
        sizes=tuple(size for part in parts for size in part.sizes),
        grey=all(part.grey for part in parts),
        unreadable=tuple(file for part in parts for file in part.unreadable),
        even=tuple(is_even for part in parts for is_even in part.even),
    )
    if len(survey) < FEWEST:
        unreadable = f" and {len(survey.unreadable)} unreadable files" if survey.unreadable else ""
        raise GanlabError(
            f"'{folder}' holds {len(survey)} readable images{unreadable}; classes are found in {FEWEST} or more, so "
            "give a folder with more images"
        )
    return survey


def _look(paths: tuple[Path, ...]) -> _Part:
    batch = read_pictures(paths, size=_PROBE, channels=3, fit="stretch")  # so that the border is the picture's own
    even_N = have_even_borders(batch.images_NCHW)
    return _Part(tuple(map(_size, batch.paths)), tuple(even_N.tolist()), is_grey(batch.images_NCHW), batch.unreadable)


def is_grey(images_NCHW: Tensor) -> bool:
    """Whether no pixel of uint8 RGB images has channels further apart than compression leaves them."""
    if not len(images_NCHW):
        return True
    spread_NHW = images_NCHW.amax(dim=1).int() - images_NCHW.amin(dim=1).int()
    return int(spread_NHW.max()) <= _TOLERANCE


def have_even_borders(images_NCHW: Tensor) -> Tensor:
    """Whether most of the outermost pixels of each image (uint8) have nearly the colour that is usual there, `(N,)`."""
    border_NCB = torch.cat(
        [images_NCHW[:, :, 0], images_NCHW[:, :, -1], images_NCHW[:, :, :, 0], images_NCHW[:, :, :, -1]], dim=2
    ).int()
    usual_NC1 = border_NCB.median(dim=2, keepdim=True).values
    apart_NB = (border_NCB - usual_NC1).abs().amax(dim=1)
    return (apart_NB <= _NEAR).float().mean(dim=1) >= _MOST


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        width, height = image.size
        on_its_side = image.getexif().get(_ORIENTATION, 1) >= _ON_ITS_SIDE
    return (height, width) if on_its_side else (width, height)


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
