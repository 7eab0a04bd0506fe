"""PNG files that PIL does not write: 16 bits in several channels, and any chunk anywhere."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def save_sixteen_bits(path: Path, values: np.ndarray, *, clear: tuple[int, ...] | None = None) -> Path:
    """Values `(H, W)` or `(H, W, C)` in 0..65535; `clear` is the one that is transparent."""
    height, width, channels = (*values.shape, 1)[:3]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    if clear is not None:
        chunks.insert(1, chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


def chunk(name: bytes, content: bytes, *, checksum: int | None = None) -> bytes:
    """A chunk, with a wrong checksum if one is given."""
    own = zlib.crc32(name + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", own)


def with_chunk(path: Path, new: bytes, *, last: bool = False) -> Path:
    """Put a chunk behind the header of a PNG file, or before its end."""
    content = path.read_bytes()
    place = len(content) - 12 if last else 33
    path.write_bytes(content[:place] + new + content[place:])
    return path
