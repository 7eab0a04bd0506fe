"""What a folder of images holds: how many, how large, grey or coloured, on what ground, and which are unreadable."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core import (
    GanlabError,
    PictureBatch,
    UnreadableFile,
    require_image_folder,
    survey_pictures,
    walk_images,
)
from ganlab_elastic.discover.sizes import FEWEST_A_CLASS

FEWEST = 100
_NAMED = 20
_PROBE = 32  # pixels: enough to see colour, and cheap
_NEAR = 24  # of 255, in every channel: shading and compression of an even ground
_MOST = 0.75  # of the border's pixels; the object may touch it
_TOLERANCE = 10  # of 255: what compression leaves between the channels of a grey picture


@dataclass(frozen=True)
class Survey:
    """Of a folder's readable images: their widths and heights, whether all are grey; and the files that are unreadable.

    `sizes` is (width, height) of each image, as it is shown; `even` whether its border has one colour. In sentences,
    `passed_over` says what was not taken for an image, and `remarks` what is worth knowing of the images.
    """

    folder: Path
    sizes: tuple[tuple[int, int], ...]
    grey: bool
    unreadable: tuple[UnreadableFile, ...]
    even: tuple[bool, ...] = ()
    passed_over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

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


def require_folder(folder: Path) -> None:
    """Refuse what is no folder, or one that a recipe cannot name.

    Raises:
        GanlabError: the text says which it is.
    """
    require_image_folder(folder)
    try:
        str(folder.resolve()).encode()
    except UnicodeEncodeError as error:
        raise GanlabError(
            f"{str(folder.resolve())!r} is not UTF-8 text, which a recipe cannot hold; rename the folder"
        ) from error


def require_images(folder: Path, classes: int | None, *, follow_links: bool = False) -> None:
    """Refuse more classes than there are images for, by the files' names: nothing is opened.

    Raises:
        GanlabError: the text says how many there may be.
    """
    if classes is None:
        return
    wanted = FEWEST_A_CLASS * classes
    found = sum(1 for _ in islice(walk_images(folder, follow_links=follow_links), wanted))
    if found < wanted:
        most = found // FEWEST_A_CLASS
        raise GanlabError(
            f"--classes {classes}: '{folder}' holds {found} image files, and a class needs {FEWEST_A_CLASS} or more; "
            + (f"ask for at most {most}, or give more images" if most > 1 else "give more images")
        )


def survey_folder(folder: Path, *, megapixels: int | None = None, follow_links: bool = False) -> Survey:
    """Decode every image below a folder, and look at it.

    Args:
        megapixels: pictures of more are unreadable; ganlab's own limit if left out.
        follow_links: enter folders that are links too.

    Raises:
        GanlabError: it holds too few readable images to find classes in.
    """
    limit = {} if megapixels is None else {"megapixels": megapixels}
    # Stretched, so that the border is the picture's own.
    seen = survey_pictures(folder, _look, size=_PROBE, channels=3, fit="stretch", follow_links=follow_links, **limit)
    survey = Survey(
        folder=folder,
        sizes=tuple(size for part in seen.looks for size in part.sizes),
        grey=all(part.grey for part in seen.looks),
        unreadable=seen.unreadable,
        even=tuple(is_even for part in seen.looks for is_even in part.even),
        passed_over=seen.passed_over,
        remarks=seen.remarks,
    )
    if len(survey) < FEWEST:
        unreadable = f" and {len(survey.unreadable)} unreadable files" if survey.unreadable else ""
        raise GanlabError(
            f"'{folder}' holds {len(survey)} readable images{unreadable}; classes are found in {FEWEST} or more, so "
            "give a folder with more images",
            *(f"  {said}" for said in _beside(survey)),
        )
    return survey


def _beside(survey: Survey) -> Sequence[str]:
    """What may be why there are few."""
    return [*(f"passed over {sentence}" for sentence in survey.passed_over), *survey.remarks]


def _look(batch: PictureBatch) -> _Part:
    sizes = tuple((facts.width, facts.height) for facts in batch.facts)
    return _Part(sizes, tuple(have_even_borders(batch.images_NCHW).tolist()), is_grey(batch.images_NCHW))


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
    lines += [f"passed over   {sentence}" for sentence in survey.passed_over]
    lines += [f"read so       {sentence}" for sentence in survey.remarks]
    return lines
