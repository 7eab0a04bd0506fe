"""Opening image files: which kinds are read, and what is asked of a header before any pixel is decoded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from PIL import Image
from PIL.ImageFile import ImageFile

from ganlab_core.image_files.budget import BUDGET, budget_bytes
from ganlab_core.image_files.unreadable import UnreadableError

with suppress(ImportError):  # the extra `heif`
    from pillow_heif import register_heif_opener

    register_heif_opener()
Image.init()
# EPS is a program, run by Ghostscript; the others are only placeholders that PIL cannot decode by itself.
FORMATS = tuple(sorted(set(Image.OPEN) - {"EPS", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}))
SUFFIXES = frozenset(suffix for suffix, format_ in Image.registered_extensions().items() if format_ in FORMATS)

_SHRUNK_IN_DECODING = ("JPEG", "MPO")
_BYTES = {"1": 1, "L": 1, "P": 1}  # a pixel, as PIL holds it; all others take 4
_CONVERTED = 4
_COEFFICIENTS = 6  # bytes a pixel: a progressive JPEG's of the whole picture, at whatever size it is decoded
_PAGED, _FRAMED = "TIFF", "GIF"
_MOST_PAGES = 10_000
_SUBFILE, _REDUCED = 254, 1  # the tag of TIFF that tells a smaller copy of the first page
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def opened(file: BinaryIO, *, megapixels: int) -> Iterator[ImageFile]:
    """An image of which the header alone is read, inside the memory that decoding it takes.

    A JPEG of more than `megapixels` is set to be decoded at a half, a quarter or an eighth of its size.

    Raises:
        UnreadableError: it holds more pixels, or more than memory for so many, and the way out.
    """
    with _image(file) as image:
        needed = _require_fit(image, megapixels)
        with BUDGET.taken(needed, megapixels=megapixels):
            yield image


def count_frames(file: BinaryIO, image: ImageFile) -> int:
    """How many pages or frames a file has, of TIFF up to 10,000; smaller copies of a picture are none.

    Args:
        file: the file, which is opened anew: to look for further frames must not disturb the first.
        image: its first frame.
    """
    if image.format not in (_PAGED, _FRAMED):
        # A camera's pictures in several parts, icons in several sizes and layers of drawings are single pictures.
        return int(getattr(image, "n_frames", 1)) if image.format in ("PNG", "WEBP", "AVIF", "FLI") else 1
    with suppress(Exception):
        file.seek(0)
        again = Image.open(file, formats=[image.format])
        return _pages(again) if image.format == _PAGED else int(getattr(again, "n_frames", 1))
    return 1


def _pages(image: Image.Image) -> int:
    found = 1
    with suppress(Exception):  # EOFError behind the last, and whatever a damaged one raises
        while found < _MOST_PAGES:
            image.seek(found)
            if found == 1 and int(getattr(image, "tag_v2", {}).get(_SUBFILE, 0)) & _REDUCED:
                return 1
            found += 1
    return found


def _image(file: BinaryIO) -> ImageFile:
    try:
        return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:  # of PIL's own limit, one number in the process; ours is asked next
        file.seek(0)
        return _past_the_limit(file)


def _past_the_limit(file: BinaryIO) -> ImageFile:
    with _ONE_AT_A_TIME:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file, formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _require_fit(image: ImageFile, megapixels: int) -> int:
    """The bytes that decoding takes; a JPEG that is too large is set to a smaller size."""
    width, height = image.size
    coefficients = width * height * _COEFFICIENTS if image.info.get("progressive") else 0
    if image.format in _SHRUNK_IN_DECODING and width * height > megapixels * 1_000_000:
        shrink = next((by for by in (2, 4, 8) if width * height <= by * by * megapixels * 1_000_000), 8)
        image.draft(image.mode, (max(width // shrink, 1), max(height // shrink, 1)))
        if coefficients > budget_bytes(megapixels):
            raise UnreadableError(_too_large(width, height, megapixels))  # before it could be made smaller
    if image.width * image.height > megapixels * 1_000_000:
        raise UnreadableError(_too_large(width, height, megapixels))
    held = _BYTES.get(image.mode, 4)
    return image.width * image.height * (2 * held + _CONVERTED) + coefficients


def _too_large(width: int, height: int, megapixels: int) -> str:
    needed = -(-width * height // 1_000_000)
    return (
        f"its header says {width} x {height}, {needed} megapixels, and {megapixels} are read; make it smaller, or "
        f"raise `megapixels` to {needed}"
    )
