"""An image file without its metadata, for those that cannot be read for their sake alone.

What decides pixels is kept as it is, damaged or not: a picture that is broken itself stays so.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_PIXELS_OF_PNG = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_EXIF_OF_JPEG, _ADOBE, _JFIF, _COMMENT = 0xE1, 0xEE, 0xE0, 0xFE
_SCAN, _END = 0xDA, 0xD9
_OF_WEBP = {b"EXIF": 0x08, b"XMP ": 0x04, b"ICCP": 0x20}  # with the bit of the header that announces each


def without_metadata(content: bytes, *, keep_exif: bool) -> bytes | None:
    """The same picture without what is not needed for its pixels; None where it is no PNG, JPEG or WebP.

    Args:
        keep_exif: keep what may hold the camera's orientation.
    """
    stripped: Callable[..., bytes] | None = None
    if content.startswith(_PNG):
        stripped = _png
    elif content.startswith(_JPEG):
        stripped = _jpeg
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        stripped = _webp
    return None if stripped is None else stripped(content, keep_exif=keep_exif)


def _png(content: bytes, *, keep_exif: bool) -> bytes:
    kept, place = [_PNG], len(_PNG)
    while place + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        name, end = content[place + 4 : place + 8], place + 12 + length
        if name in _PIXELS_OF_PNG or (keep_exif and name == b"eXIf"):
            kept.append(content[place:end])
        place = end
    return b"".join(kept)


def _jpeg(content: bytes, *, keep_exif: bool) -> bytes:
    kept, place = [_JPEG], len(_JPEG)
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in (_SCAN, _END):
            break
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        is_metadata = marker == _COMMENT or (_JFIF < marker <= 0xEF and marker != _ADOBE)
        if not is_metadata or (keep_exif and marker == _EXIF_OF_JPEG):
            kept.append(content[place:end])
        place = end
    return b"".join([*kept, content[place:]])


def _webp(content: bytes, *, keep_exif: bool) -> bytes:
    dropped = {name: bit for name, bit in _OF_WEBP.items() if not (keep_exif and name == b"EXIF")}
    kept = []
    for name, chunk in _chunks_of_webp(content):
        if name == b"VP8X" and len(chunk) > 8:
            flags = chunk[8] & ~sum(dropped.values())
            kept.append(chunk[:8] + bytes([flags]) + chunk[9:])
        elif name not in dropped:
            kept.append(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks_of_webp(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(content):
        (length,) = struct.unpack_from("<I", content, place + 4)
        end = place + 8 + length + length % 2
        yield content[place : place + 4], content[place:end]
        place = end
