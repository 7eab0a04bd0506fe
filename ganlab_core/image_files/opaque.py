"""An image of any mode without transparency, in eight bits."""

from __future__ import annotations

import numpy as np
from PIL import Image

_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_NEARLY_WHITE = 240  # of 255, in every channel
_ALL_BUT_SPECKS = 0.99  # the part of what is opaque that must be nearly white before white is no ground for it


def opaque(image: Image.Image, mode: str) -> Image.Image:
    """An image in the mode L or RGB, what is transparent laid on white, or on black where it would vanish on white.

    Raises:
        ValueError: its pixels have no known range.
    """
    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if image.mode in _SIXTEEN_BITS:
        image = _eight_bits(image)
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, _ground(image)), image)
    return image.convert(mode)


def _ground(image: Image.Image) -> str:
    """White, as drawings and cut-out objects mean it; black for those that are white themselves."""
    pixels_HWC = np.asarray(image)
    alpha_HW = pixels_HWC[..., 3].astype(np.int64)
    nearly_white_HW = pixels_HWC[..., :3].min(axis=2) >= _NEARLY_WHITE
    hidden = int(alpha_HW[nearly_white_HW].sum())
    return "black" if 0 < _ALL_BUT_SPECKS * int(alpha_HW.sum()) <= hidden else "white"


def _eight_bits(image: Image.Image) -> Image.Image:
    """0..65535 to 0..255: PIL's own conversion would clip everything above 255 to white."""
    pixels_HW = np.asarray(image).astype(np.int64)
    if pixels_HW.min() < 0 or pixels_HW.max() > 65535:
        raise ValueError("grey values outside 0..65535")
    return Image.fromarray((pixels_HW / 257).round().astype(np.uint8))
