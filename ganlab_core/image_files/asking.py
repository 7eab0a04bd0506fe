"""Which files have a say in how a collection is read, told by their headers: for folders of a million."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ganlab_core.image_files.deep_colour import has_deep_colour
from ganlab_core.image_files.opening import FORMATS
from ganlab_core.system.regular_files import open_regular

_PLAIN = ("1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LAB")
_HEAD = 4096  # bytes, in which the pixels of most PNGs begin
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_DEPTH, _COLOUR = 24, 25  # where a PNG says how many bits a channel has, and which channels there are
_NO_ALPHA = (0, 2, 3)


def asks_for_tones(path: Path) -> bool:
    """Whether a file's header says that it holds more than eight opaque bits, or cannot be read."""
    try:
        with open_regular(path, follow=True) as file:
            if _is_plain(file.read(_HEAD)):
                return False
            file.seek(0)
            with Image.open(file, formats=FORMATS) as image:
                return image.mode not in _PLAIN or "transparency" in image.info or has_deep_colour(image)
    except Exception:  # whatever PIL fails with: decoding says what it is
        return True


def _is_plain(head: bytes) -> bool:
    """Whether the first bytes alone say that a file holds eight opaque bits; to ask PIL takes ten times as long."""
    if head.startswith(_JPEG):
        return True
    pixels = head.find(b"IDAT")
    is_known = head.startswith(_PNG) and pixels > 0 and b"tRNS" not in head[:pixels]
    return is_known and head[_DEPTH] <= 8 and head[_COLOUR] in _NO_ALPHA
