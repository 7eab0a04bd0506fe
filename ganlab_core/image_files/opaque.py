"""An image of any mode without transparency, in eight bits.

What needs copies of an image goes strip by strip, so that memory stays near that of the image itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile

from ganlab_core.image_files.deep_colour import colour_pixels, has_deep_colour, raw_mode_of
from ganlab_core.image_files.depth import FULL, DeepPixels, Values, eight_bits, grey_pixels, levels_of
from ganlab_core.image_files.facts import Levels
from ganlab_core.interface.tones import Ground, Tones

_NEARLY = 31  # of 255, in every channel, from white or black: what differs no more is hardly seen
_ALL_BUT_SPECKS = 0.99  # the part of what is opaque that must be nearly white before white is no ground for it
_STRIP = 1 << 20  # pixels
_OTHER: dict[Ground, Ground] = {"white": "black", "black": "white"}


@dataclass(frozen=True)
class Opaque:
    """An image in the mode L or RGB, and what it was before; as `PictureFacts` has it."""

    image: Image.Image
    levels: Levels | None = None
    ground: Ground | None = None
    laid_on: Ground | None = None


def opaque(image: ImageFile, mode: str, *, tones: Tones, file: BinaryIO) -> Opaque:
    """An image in the mode L or RGB.

    What is transparent is laid on the ground of `tones`, or on white, but on the other one where it would vanish. Of
    more than eight bits those are taken that `tones` say, or of integers the upper ones.

    Args:
        image: not loaded yet.
        file: the whole file that it is read from.
    """
    seen, levels = _shallow(image, tones, file)
    if seen.mode == "LAB":
        seen = _from_lab(seen)
    if seen.mode not in ("RGBA", "RGBa", "LA", "La", "PA") and "transparency" not in seen.info:
        return Opaque(seen.convert(mode), levels)
    clear = seen.convert("RGBA")
    wanted, own = tones.ground or "white", _own_ground(clear)
    ground = _OTHER[wanted] if own is not None and _vanishes(clear, wanted) else wanted
    return Opaque(_laid_on(ground, clear, mode), levels, own, None if own is None else ground)


def _shallow(image: ImageFile, tones: Tones, file: BinaryIO) -> tuple[Image.Image, Levels | None]:
    """The image in eight bits, and its levels where it had more."""
    raw_mode = raw_mode_of(image) if has_deep_colour(image) else None
    image.load()
    if raw_mode is not None:
        return _of_colour(image, tones, file, raw_mode)
    pixels = grey_pixels(image)
    return (image, None) if pixels is None else _of_grey(image, pixels, tones)


def _of_grey(image: Image.Image, pixels: DeepPixels, tones: Tones) -> tuple[Image.Image, Levels]:
    """With alpha where one of its values is transparent."""
    levels = levels_of(pixels, given=tones.floats if image.mode == "F" else tones.integers)
    grey = pixels.map(partial(eight_bits, read_as=levels.read_as))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey.putalpha(pixels.map(lambda values_RW: np.where(values_RW == clear, 0, 255).astype(np.uint8)))
    return grey, levels


def _of_colour(image: ImageFile, tones: Tones, file: BinaryIO, raw_mode: str) -> tuple[Image.Image, Levels | None]:
    """As PIL made it where the upper bits are what is wanted."""
    clear = image.info.get("transparency")
    if tones.integers == FULL and clear is None:
        return image, None
    pixels = colour_pixels(image, file, raw_mode)
    has_alpha = image.mode in ("RGBA", "LA")
    levels = levels_of(_without_alpha(pixels) if has_alpha else pixels, given=tones.integers)
    if levels.read_as == FULL and clear is None:
        return image, levels
    colour = (_without_alpha(pixels) if has_alpha else pixels).map(partial(eight_bits, read_as=levels.read_as))
    if has_alpha:
        colour.putalpha(image.getchannel("A"))
    elif isinstance(clear, tuple):
        colour.putalpha(pixels.map(lambda values_RWC: _alpha_but(values_RWC, clear)))
    return colour, levels


def _without_alpha(pixels: DeepPixels) -> DeepPixels:
    def rows(top: int, bottom: int) -> Values:
        values_RWC = pixels.rows(top, bottom)
        return values_RWC[..., 0] if values_RWC.shape[2] == 2 else values_RWC[..., :-1]

    return DeepPixels(pixels.width, pixels.height, rows)


def _alpha_but(values_RWC: Values, clear: tuple[int, ...]) -> Values:
    is_clear_RW: Values = (values_RWC == np.array(clear)).all(axis=2)
    return np.where(is_clear_RW, 0, 255).astype(np.uint8)


def _from_lab(image: Image.Image) -> Image.Image:
    """PIL itself converts from LAB by colour management alone."""
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB").apply(image)


def _own_ground(image: Image.Image) -> Ground | None:
    """White, as drawings and cut-out objects mean it; black for those that are white themselves.

    None where nothing is transparent, or everything.
    """
    lowest, highest = image.getchannel("A").getextrema()
    if lowest == 255 or highest == 0:
        return None
    return "black" if _vanishes(image, "white") else "white"


def _vanishes(image: Image.Image, ground: Ground) -> bool:
    """Whether nearly all that is opaque would hardly be told from the ground."""
    hidden = total = 0
    for strip in _strips(image):
        pixels_HWC = np.asarray(strip)
        alpha_HW = pixels_HWC[..., 3].astype(np.int64)
        near_HW = pixels_HWC[..., :3].min(axis=2) >= 255 - _NEARLY
        if ground == "black":
            near_HW = pixels_HWC[..., :3].max(axis=2) <= _NEARLY
        hidden, total = hidden + int(alpha_HW[near_HW].sum()), total + int(alpha_HW.sum())
    return 0 < _ALL_BUT_SPECKS * total <= hidden


def _laid_on(ground: Ground, image: Image.Image, mode: str) -> Image.Image:
    laid = Image.new(mode, image.size)
    top = 0
    for strip in _strips(image):
        laid.paste(Image.alpha_composite(Image.new("RGBA", strip.size, ground), strip).convert(mode), (0, top))
        top += strip.height
    return laid


def _strips(image: Image.Image) -> Iterator[Image.Image]:
    """The image from top to bottom in parts of full width."""
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))
