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

from ganlab_core.image_files.unreadable import UnreadableError

Image.init()
# EPS is a program, run by Ghostscript; the others are only placeholders that PIL cannot decode by itself.
_FORMATS = tuple(sorted(set(Image.OPEN) - {"EPS", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}))
SUFFIXES = frozenset(suffix for suffix, format_ in Image.registered_extensions().items() if format_ in _FORMATS)
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N", "I")


def read_picture(path: Path, *, size: int, channels: int, crop: float = 1.0) -> Tensor:
    """The first frame of an image file as `(channels, size, size)` uint8, `channels` 1 (grey) or 3 (RGB).

    A centred square, `crop` (above 0, at most 1) of the shorter side, is cut out and resized (bilinear, antialiased).
    EXIF orientation is applied, what is transparent is laid on white, 16-bit grey is scaled to 8 bits, palettes and
    CMYK are converted.

    Raises:
        UnreadableError: not an image, truncated, or larger than PIL's limit against decompression bombs.
    """
    with picture_warnings():
        return decode_picture(path, size=size, channels=channels, crop=crop)


@contextmanager
def picture_warnings() -> Iterator[None]:
    """Inside, PIL's warnings about metadata and palettes are dropped, and an image too large for its limit is an error.

    Python keeps warning filters for the whole process, so threads that decode must share one of these around them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\b|ganlab_core\.image_files\.decode$")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def decode_picture(path: Path, *, size: int, channels: int, crop: float = 1.0) -> Tensor:
    """`read_picture` for a caller that is inside `picture_warnings`, as threads must be.

    Raises:
        UnreadableError: as `read_picture`.
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            opaque = _opaque(ImageOps.exif_transpose(image), "L" if channels == 1 else "RGB")
    except Exception as error:  # PIL's decoders fail with almost any exception: OSError, SyntaxError, struct.error, ...
        raise UnreadableError(f"{type(error).__name__}: {error}") from error
    # Cut out first, then resized: the other order makes a huge image of a long thin one.
    square = ImageOps.fit(opaque, (size, size), method=Image.Resampling.BILINEAR, bleed=(1.0 - crop) / 2.0)
    return torch.from_numpy(np.array(square)).reshape(size, size, channels).permute(2, 0, 1).contiguous()


def _opaque(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if image.mode in _SIXTEEN_BITS:
        image = _eight_bits(image)
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert(mode)


def _eight_bits(image: Image.Image) -> Image.Image:
    """0..65535 to 0..255: PIL's own conversion would clip everything above 255 to white."""
    pixels_HW = np.asarray(image).astype(np.int64)
    if pixels_HW.min() < 0 or pixels_HW.max() > 65535:
        raise ValueError("grey values outside 0..65535")
    return Image.fromarray((pixels_HW / 257).round().astype(np.uint8))
