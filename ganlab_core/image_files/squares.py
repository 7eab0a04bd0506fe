"""An opaque picture as a square: padded, cropped or stretched."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from ganlab_core.image_files.fit import Fit

_BILINEAR = Image.Resampling.BILINEAR


def squared(image: Image.Image, *, size: int, crop: float, fit: Fit) -> Image.Image:
    """An image of mode L or RGB at `size` x `size` (bilinear, antialiased); a square one is the same in every fit.

    Args:
        size: pixels of a side.
        crop: above 0, at most 1: the centred part that is kept of both sides; of the shorter one where `fit` is crop.
        fit: pad (centred on the colour of its own border), crop (the largest centred square), or stretch.
    """
    if fit == "crop":
        # Cut out first, then resized: the other order makes a huge image of a long thin one.
        return ImageOps.fit(image, (size, size), method=_BILINEAR, bleed=(1.0 - crop) / 2.0)
    kept = _centre(image, crop)
    return kept.resize((size, size), _BILINEAR) if fit == "stretch" else _padded(kept, size)


def border_colour(image: Image.Image) -> tuple[int, ...]:
    """The median of each channel over the outermost pixels: the ground's, even if the object touches some sides."""
    width, height = image.size
    sides = [(0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)]
    strips = [np.asarray(image.crop(side)).reshape(-1, len(image.getbands())) for side in sides]
    return tuple(np.median(np.concatenate(strips), axis=0).astype(int).tolist())


def _centre(image: Image.Image, part: float) -> Image.Image:
    """The centred part of both sides, at least a pixel."""
    left, top = (int(side * (1.0 - part) / 2.0) for side in image.size)
    return image.crop((left, top, image.width - left, image.height - top)) if left or top else image


def _padded(image: Image.Image, size: int) -> Image.Image:
    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    square = Image.new(image.mode, (size, size), border_colour(image))
    square.paste(image.resize((width, height), _BILINEAR), ((size - width) // 2, (size - height) // 2))
    return square
