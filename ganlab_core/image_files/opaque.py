"""An image of any mode without transparency, in eight bits.

What needs copies of an image goes strip by strip, so that memory stays near that of the image itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile

from ganlab_core.image_files.deep_colour import colour_values, has_deep_colour
from ganlab_core.image_files.depth import Values, eight_bits, grey_values, levels_of
from ganlab_core.image_files.facts import Levels
from ganlab_core.interface.tones import Ground, Tones

_NEARLY = 31  # of 255, in every channel, from white or black: what differs no more is hardly seen
_ALL_BUT_SPECKS = 0.99  # the part of what is opaque that must be nearly white before white is no ground for it
_STRIP = 1 << 20  # pixels
_UPPER_BITS = 257  # 0..255 to 0..65535
_FULL = (0.0, 65535.0)
_PLAIN = ("1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LAB")
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
    is_deep = has_deep_colour(image)
    image.load()
    levels = None
    if is_deep:
        image, levels = _of_colour(image, tones, file)
    elif (values := grey_values(image)) is not None:
        image, levels = _of_grey(image, values, tones)
    if image.mode == "LAB":
        image = _from_lab(image)
    if image.mode not in ("RGBA", "RGBa", "LA", "La", "PA") and "transparency" not in image.info:
        return Opaque(image.convert(mode), levels)
    image = image.convert("RGBA")
    wanted, own = tones.ground or "white", _own_ground(image)
    ground = _OTHER[wanted] if own is not None and _vanishes(image, wanted) else wanted
    return Opaque(_laid_on(ground, image, mode), levels, own, None if own is None else ground)


def asks_for_tones(path: Path) -> bool:
    """Whether a file's header says that it holds more than eight opaque bits, or cannot be read."""
    try:
        with Image.open(path) as image:
            is_plain = image.mode in _PLAIN and "transparency" not in image.info
            return not is_plain or has_deep_colour(image)
    except Exception:  # whatever PIL fails with: decoding says what it is
        return True


def _of_grey(image: Image.Image, values_HW: Values, tones: Tones) -> tuple[Image.Image, Levels]:
    """The grey image in eight bits, with alpha where one of its values is transparent."""
    given = tones.floats if values_HW.dtype.kind == "f" else tones.integers
    levels = levels_of(values_HW, given=given)
    grey = Image.fromarray(eight_bits(values_HW, levels.read_as))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(values_HW == clear, 0, 255).astype(np.uint8)))
    return grey, levels


def _of_colour(image: ImageFile, tones: Tones, file: BinaryIO) -> tuple[Image.Image, Levels | None]:
    """An image of 16 bits a channel in eight; as PIL made it where the upper bits are what is wanted."""
    clear = image.info.get("transparency")
    if tones.integers == _FULL and clear is None:
        return image, None
    values_HWC = colour_values(image, file)
    channels = values_HWC.shape[2]
    colours = channels - (channels in (2, 4))
    levels = levels_of(values_HWC[..., :colours], given=tones.integers)
    if levels.read_as == _FULL and clear is None:
        return image, levels
    seen_HWC = eight_bits(values_HWC[..., :colours], levels.read_as)
    colour = Image.fromarray(seen_HWC[..., 0] if colours == 1 else seen_HWC)
    if colours < channels:
        colour.putalpha(Image.fromarray((values_HWC[..., -1] // _UPPER_BITS).astype(np.uint8)))
    elif isinstance(clear, tuple) and len(clear) == channels:
        is_clear_HW = (values_HWC == np.array(clear)).all(axis=2)
        colour.putalpha(Image.fromarray(np.where(is_clear_HW, 0, 255).astype(np.uint8)))
    return colour, levels


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
