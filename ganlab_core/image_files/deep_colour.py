"""Colour and transparency of 16 bits, of which PIL keeps the upper eight only."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import torch
from PIL.ImageFile import ImageFile

from ganlab_core.image_files.depth import Values

_MODES = ("RGB", "RGBA", "LA")
_UPPER_BITS = 257  # 0..255 to 0..65535


def has_deep_colour(image: ImageFile) -> bool:
    """Whether an image that is not loaded yet has 16 bits in more than one channel."""
    if image.mode not in _MODES or not image.tile:
        return False
    arguments = image.tile[0][3]
    return ";16" in str(arguments[0] if isinstance(arguments, tuple) else arguments)


def colour_values(image: ImageFile, file: BinaryIO) -> Values:
    """The values `(H, W, C)` in 0..65535: all 16 bits of a PNG, what PIL keeps of any other file.

    Args:
        image: of mode RGB or RGBA.
        file: the whole file that it was read from.
    """
    if image.format == "PNG":
        from torchvision.io import ImageReadMode, decode_png  # here, since few pictures need it

        file.seek(0)
        encoded_B = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
        values_CHW: torch.Tensor = decode_png(encoded_B, mode=ImageReadMode.UNCHANGED)
        found_HWC: Values = values_CHW.permute(1, 2, 0).numpy()
        return found_HWC
    values_HWC: Values = np.asarray(image).astype(np.uint16) * _UPPER_BITS
    return values_HWC
