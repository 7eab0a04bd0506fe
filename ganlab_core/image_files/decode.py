"""One image file, whatever its kind, as a square uint8 tensor."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.image_files.facts import PictureFacts
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.metadata import without_metadata
from ganlab_core.image_files.opaque import opaque
from ganlab_core.image_files.opening import count_frames, opened
from ganlab_core.image_files.squares import Resampling, squared
from ganlab_core.image_files.unreadable import UnreadableError
from ganlab_core.interface.tones import Tones

_LARGEST = 100_000_000  # bytes of a file that is held whole, to be read without its metadata
_ORIENTATION = 0x0112  # the tag of EXIF
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Decoded:
    """A picture `(C, size, size)` uint8, and what else its file shows."""

    image_CHW: Tensor
    facts: PictureFacts


def read_picture(path: Path, *, size: int, channels: int, crop: float = 1.0, fit: Fit = "crop") -> Tensor:
    """The first frame of an image file as `(channels, size, size)` uint8, `channels` 1 (grey) or 3 (RGB).

    A centred part, `crop` (above 0, at most 1) of its sides, is cut out and becomes square as `fit` says: padded with
    the colour of its border, cropped to the largest centred square, or stretched (all bilinear, antialiased). EXIF
    orientation is applied where it can be read, what is transparent is laid on white, or on black where nothing would
    be seen on white, 16-bit grey is scaled to 8 bits, palettes, CMYK and LAB are converted.

    Raises:
        UnreadableError: not an image, truncated, or of more pixels than are read.
    """
    with picture_warnings():
        return decode_picture(path, size=size, channels=channels, crop=crop, fit=fit).image_CHW


@contextmanager
def picture_warnings() -> Iterator[None]:
    """Inside, PIL's warnings about metadata, palettes and large images are dropped; the last are looked at here.

    Python keeps warning filters for the whole process, so threads that decode must share one of these around them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\b|ganlab_core\.image_files\.")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def decode_picture(
    path: Path,
    *,
    size: int,
    channels: int,
    crop: float = 1.0,
    fit: Fit = "crop",
    resampling: Resampling = "bilinear",
    tones: Tones | None = None,
    megapixels: int = MEGAPIXELS,
) -> Decoded:
    """`read_picture` for a caller that is inside `picture_warnings`, as threads must be.

    Args:
        tones: how more than eight bits and transparency are read; None decides each picture by itself.
        megapixels: pictures of more are not read, but for a JPEG, which is decoded smaller.

    Raises:
        UnreadableError: as `read_picture`.
    """
    square = Square(size, channels, crop, fit, resampling)
    try:
        with path.open("rb") as file:
            return _decoded(file, square, tones or Tones(), megapixels)
    except UnreadableError:
        raise
    except Exception as error:  # PIL's decoders fail with almost any exception: OSError, SyntaxError, struct.error, ...
        for keep_exif in (True, False):  # pixels may be sound where metadata are not
            with suppress(Exception):
                if (stripped := _stripped(path, keep_exif=keep_exif)) is not None:
                    return _decoded(stripped, square, tones or Tones(), megapixels)
        raise UnreadableError(f"{type(error).__name__}: {_said(error, path)}") from error


def _said(error: Exception, path: Path) -> str:
    if not isinstance(error, UnidentifiedImageError):
        return str(error)
    is_empty = path.stat().st_size == 0
    return "it is empty" if is_empty else "it is no image of a kind that is read, or its header is damaged"


@dataclass(frozen=True)
class Square:
    """What a picture becomes, as `decode_picture` takes it."""

    size: int
    channels: int
    crop: float
    fit: Fit
    resampling: Resampling


def _decoded(file: BinaryIO, square: Square, tones: Tones, megapixels: int) -> Decoded:
    with opened(file, megapixels=megapixels) as image:
        seen = opaque(image, "L" if square.channels == 1 else "RGB", tones=tones, file=file)
        upright = _upright(seen.image, image)
        found = squared(upright, size=square.size, crop=square.crop, fit=square.fit, resampling=square.resampling)
        facts = PictureFacts(
            width=upright.width,
            height=upright.height,
            frames=count_frames(file, image),
            levels=seen.levels,
            ground=seen.ground,
            laid_on=seen.laid_on,
        )
    pixels_HW = torch.from_numpy(np.array(found))
    image_CHW = pixels_HW.reshape(square.size, square.size, square.channels).permute(2, 0, 1).contiguous()
    return Decoded(image_CHW, facts)


def _upright(image: Image.Image, original: Image.Image) -> Image.Image:
    """The image as the camera was held, where its EXIF or XMP says so and can be read."""
    with suppress(Exception):  # metadata cost no picture
        method = _UPRIGHT.get(original.getexif().get(_ORIENTATION, 1))
        return image if method is None else image.transpose(method)
    return image


def _stripped(path: Path, *, keep_exif: bool) -> BinaryIO | None:
    """The file without metadata; None where it is too large to be held, or of a kind that has no such parts."""
    if path.stat().st_size > _LARGEST:
        return None
    content = without_metadata(path.read_bytes(), keep_exif=keep_exif)
    return None if content is None else io.BytesIO(content)
