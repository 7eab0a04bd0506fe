"""`ImageData`: a whole image collection in memory, as uint8, with labels that serve evaluation only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core.interface.tones import Tones

_CHUNK = 1000

IMAGES_AT_ONCE = 500
"""How many images go through a network at once outside training, so that memory stays bounded."""


@dataclass(frozen=True)
class ImageData:
    """Images `(N, C, H, W)` uint8 in 0..255 and, where known, labels `(N,)` int64.

    `full` is the labelled collection that this one was drawn from before it was made imbalanced; a judge is trained
    on it. `paths` are the files that the images were read from, where each has one; a feature network reads them anew,
    in its own size. `tones` say how files of more than eight bits or with transparency were read, and `remarks` what is
    worth knowing of the files, a sentence each. Class names are text for JSON, pictures and logs: of a folder's name
    that is no UTF-8, odd bytes become `\\udce9` and the like.
    """

    name: str
    images_NCHW: Tensor
    labels_N: Tensor | None = None
    class_names: tuple[str, ...] = ()
    full: ImageData | None = None
    paths: tuple[Path, ...] = ()
    tones: Tones | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = tuple(name.encode("utf-8", "backslashreplace").decode("utf-8") for name in self.class_names)
        object.__setattr__(self, "class_names", names)

    def __len__(self) -> int:
        return len(self.images_NCHW)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        channels, height, width = self.images_NCHW.shape[1:]
        return (channels, height, width)

    @property
    def class_counts(self) -> tuple[int, ...] | None:
        """Images of each class, in label order; None without labels."""
        if self.labels_N is None:
            return None
        return tuple(torch.bincount(self.labels_N, minlength=len(self.class_names)).tolist())

    @property
    def class_proportions(self) -> tuple[float, ...] | None:
        """`class_counts` divided by their sum."""
        return proportions(self.class_counts)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over shape, pixels and labels: equal for equal collections in equal order."""
        digest = hashlib.sha256(repr(tuple(self.images_NCHW.shape)).encode())
        digest.update(self.images_NCHW.contiguous().numpy().data)
        if self.labels_N is not None:
            digest.update(self.labels_N.contiguous().numpy().data)
        return digest.hexdigest()


def proportions(counts: tuple[int, ...] | None) -> tuple[float, ...] | None:
    """Counts divided by their sum; None of None, for a collection without labels."""
    return None if counts is None else tuple(count / sum(counts) for count in counts)


def to_unit_range(images_NCHW: Tensor) -> Tensor:
    """uint8 in 0..255 to float32 in [-1, 1]."""
    return images_NCHW.float().div_(127.5).sub_(1.0)


def to_uint8(images_NCHW: Tensor) -> Tensor:
    """Floats in [-1, 1] to uint8 in 0..255, rounded, values outside the range clipped."""
    return images_NCHW.float().add(1.0).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def resized(images_NCHW: Tensor, size: int) -> Tensor:
    """uint8 images at `size` x `size`: bilinear, antialiased where they shrink, rounded."""
    if tuple(images_NCHW.shape[2:]) == (size, size):
        return images_NCHW
    # In chunks, since the floats of a whole collection may not fit into memory.
    return torch.cat(
        [
            F.interpolate(chunk_NCHW.float(), (size, size), mode="bilinear", antialias=True).round_().to(torch.uint8)
            for chunk_NCHW in torch.split(images_NCHW, _CHUNK)
        ]
    )
