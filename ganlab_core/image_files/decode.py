"""One image file, whatever its kind, as a square uint8 tensor."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.opaque import opaque
from ganlab_core.image_files.squares import squared
from ganlab_core.image_files.unreadable import UnreadableError

Image.init()
# EPS is a program, run by Ghostscript; the others are only placeholders that PIL cannot decode by itself.
_FORMATS = tuple(sorted(set(Image.OPEN) - {"EPS", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}))
SUFFIXES = frozenset(suffix for suffix, format_ in Image.registered_extensions().items() if format_ in _FORMATS)


def read_picture(path: Path, *, size: int, channels: int, crop: float = 1.0, fit: Fit = "crop") -> Tensor:
    """The first frame of an image file as `(channels, size, size)` uint8, `channels` 1 (grey) or 3 (RGB).

    A centred part, `crop` (above 0, at most 1) of its sides, is cut out and becomes square as `fit` says: padded with
    the colour of its border, cropped to the largest centred square, or stretched (all bilinear, antialiased). EXIF
    orientation is applied, what is transparent is laid on white, or on black where nothing would be seen on white,
    16-bit grey is scaled to 8 bits, palettes and CMYK are converted.

    Raises:
        UnreadableError: not an image, truncated, or larger than PIL's limit against decompression bombs.
    """
    with picture_warnings():
        return decode_picture(path, size=size, channels=channels, crop=crop, fit=fit)


@contextmanager
def picture_warnings() -> Iterator[None]:
    """Inside, PIL's warnings about metadata and palettes are dropped, and an image too large for its limit is an error.

    Python keeps warning filters for the whole process, so threads that decode must share one of these around them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\b|ganlab_core\.image_files\.opaque$")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def decode_picture(path: Path, *, size: int, channels: int, crop: float = 1.0, fit: Fit = "crop") -> Tensor:
    """`read_picture` for a caller that is inside `picture_warnings`, as threads must be.

    Raises:
        UnreadableError: as `read_picture`.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            seen = opaque(ImageOps.exif_transpose(image), "L" if channels == 1 else "RGB")
    except Exception as error:  # PIL's decoders fail with almost any exception: OSError, SyntaxError, struct.error, ...
        raise UnreadableError(f"{type(error).__name__}: {error}") from error
    square = squared(seen, size=size, crop=crop, fit=fit)
    return torch.from_numpy(np.array(square)).reshape(size, size, channels).permute(2, 0, 1).contiguous()
