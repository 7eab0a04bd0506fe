"""Colour of 16 bits a channel, of which PIL keeps the upper eight: all of them, by decoding the lower ones as well."""

from __future__ import annotations

import sys
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from ganlab_core.image_files.depth import DeepPixels, Values

_MODES = ("RGB", "RGBA", "LA")
_ALL_BYTES = {"LA;16B": "RGBA"}  # of grey and alpha, as if they were of four channels
_LOWER_BYTES = {
    f"{mode};16{order}": f"{mode};16{other}" for mode in ("RGB", "RGBA", "RGBX") for order, other in ("BL", "LB")
}
_NATIVE = "L" if sys.byteorder == "little" else "B"
_UPPER_ALONE = 257  # 0..255 to 0..65535


def has_deep_colour(image: ImageFile) -> bool:
    """Whether an image that is not loaded yet has 16 bits in more than one channel."""
    return image.mode in _MODES and bool(image.tile) and ";16" in raw_mode_of(image)


def colour_pixels(image: ImageFile, file: BinaryIO, raw_mode: str) -> DeepPixels:
    """The values in 0..65535: all 16 bits, where the way in which the file holds them is known.

    Args:
        image: of mode RGB or RGBA, loaded.
        file: the whole file that it was read from, which is decoded once more.
        raw_mode: how it holds them, as `raw_mode_of` said before the image was loaded.
    """
    if raw_mode in _ALL_BYTES:
        four = _decoded_as(_ALL_BYTES[raw_mode], image, file)

        def of_two(top: int, bottom: int) -> Values:
            bytes_RW4 = _rows(four, top, bottom)
            return bytes_RW4[..., ::2] * 256 + bytes_RW4[..., 1::2]

        return DeepPixels(image.width, image.height, of_two)
    known = raw_mode.replace(";16N", f";16{_NATIVE}")
    lower = _decoded_as(_LOWER_BYTES[known], image, file) if known in _LOWER_BYTES else None

    def rows(top: int, bottom: int) -> Values:
        upper_RWC = _rows(image, top, bottom)
        return upper_RWC * _UPPER_ALONE if lower is None else upper_RWC * 256 + _rows(lower, top, bottom)

    return DeepPixels(image.width, image.height, rows)


def raw_mode_of(image: ImageFile) -> str:
    """How the file of an image that is not loaded yet holds its pixels, as PIL names it."""
    arguments = image.tile[0].args if image.tile else ""
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _decoded_as(raw_mode: str, image: ImageFile, file: BinaryIO) -> Image.Image:
    """The same pixels with others of their bytes."""
    file.seek(0)
    again: ImageFile = Image.open(file, formats=[str(image.format)])
    arguments = again.tile[0].args
    changed = (raw_mode, *arguments[1:]) if isinstance(arguments, tuple) else raw_mode
    again.tile = [tile._replace(args=changed) for tile in again.tile]
    again.load()
    return again


def _rows(image: Image.Image, top: int, bottom: int) -> Values:
    found: Values = np.asarray(image.crop((0, top, image.width, bottom))).astype(np.uint16)
    return found
