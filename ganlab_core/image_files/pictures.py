"""Some image files as one batch: those that can be read, and which cannot and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core.image_files.decode import decode_picture
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.unreadable import UnreadableError


@dataclass(frozen=True)
class UnreadableFile:
    """A file with an image's suffix that is none, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class PictureBatch:
    """Images `(N, C, H, W)` uint8, the file of each where there are files, and the files that could not be read."""

    images_NCHW: Tensor
    paths: tuple[Path, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()


def read_pictures(
    paths: Iterable[Path], *, size: int, channels: int, crop: float = 1.0, fit: Fit = "crop"
) -> PictureBatch:
    """Decode some files, for `picture_batches`, in which PIL's warnings are as decoding needs them.

    Args:
        size: pixels of a side (bilinear, antialiased).
        channels: 1 (grey) or 3 (RGB).
        crop: above 0, at most 1: the centred part of a picture's sides that is kept.
        fit: how that becomes square: pad (with the colour of its border), crop (the largest centred square) or stretch.
    """
    read: list[Path] = []
    images: list[Tensor] = []
    unreadable: list[UnreadableFile] = []
    for path in paths:
        try:
            images.append(decode_picture(path, size=size, channels=channels, crop=crop, fit=fit))
            read.append(path)
        except UnreadableError as error:
            unreadable.append(UnreadableFile(path, str(error)))
    none_NCHW = torch.empty(0, channels, size, size, dtype=torch.uint8)
    return PictureBatch(torch.stack(images) if images else none_NCHW, tuple(read), tuple(unreadable))
