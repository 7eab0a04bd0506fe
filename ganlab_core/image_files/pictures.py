"""Some image files as one batch: those that can be read, and which cannot and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.image_files.decode import decode_picture
from ganlab_core.image_files.facts import PictureFacts
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.squares import Resampling
from ganlab_core.image_files.unreadable import UnreadableError
from ganlab_core.interface.tones import Tones


@dataclass(frozen=True)
class UnreadableFile:
    """A file with an image's suffix that is none, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class PictureBatch:
    """Images `(N, C, H, W)` uint8, the file of each where there are files, and the files that could not be read.

    `facts` are what each file shows beside its pixels, where there are files.
    """

    images_NCHW: Tensor
    paths: tuple[Path, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()
    facts: tuple[PictureFacts, ...] = ()


def read_pictures(
    paths: Iterable[Path],
    *,
    size: int,
    channels: int,
    crop: float = 1.0,
    fit: Fit = "crop",
    resampling: Resampling = "bilinear",
    tones: Tones | None = None,
    megapixels: int = MEGAPIXELS,
) -> PictureBatch:
    """Decode some files, for `picture_batches`, in which PIL's warnings are as decoding needs them.

    Args:
        size: pixels of a side.
        channels: 1 (grey) or 3 (RGB).
        crop: above 0, at most 1: the centred part of a picture's sides that is kept.
        fit: how that becomes square: pad (with the colour of its border), crop (the largest centred square) or stretch.
        resampling: how it is brought to its size, antialiased: bilinear, or bicubic, which is sharper.
        tones: how more than eight bits and transparency are read; None decides each picture by itself.
        megapixels: pictures of more are unreadable.
    """
    read: list[Path] = []
    images: list[Tensor] = []
    facts: list[PictureFacts] = []
    unreadable: list[UnreadableFile] = []
    for path in paths:
        try:
            found = decode_picture(
                path,
                size=size,
                channels=channels,
                crop=crop,
                fit=fit,
                resampling=resampling,
                tones=tones,
                megapixels=megapixels,
            )
            images.append(found.image_CHW)
            facts.append(found.facts)
            read.append(path)
        except UnreadableError as error:
            unreadable.append(UnreadableFile(path, str(error)))
    none_NCHW = torch.empty(0, channels, size, size, dtype=torch.uint8)
    images_NCHW = torch.stack(images) if images else none_NCHW
    return PictureBatch(images_NCHW, tuple(read), tuple(unreadable), tuple(facts))
