"""Images of a model or of its data as pictures that lie in the page itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ganlab_core.interface.image_data import to_uint8

_LARGEST_TILE = 96
_SMALLEST_PHOTOGRAPH = 48  # pixels a tile: below, JPEG's blocks show
_QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, with its size in pixels and what it shows, for those who do not see it.

    `columns` is how many images stand side by side.
    """

    uri: str
    alt: str
    width: int
    height: int
    columns: int


def picture_of(images_NCHW: Tensor, *, columns: int, alt: str) -> Picture:
    """Images in [-1, 1] or uint8 as one picture, `columns` side by side; the page enlarges small ones."""
    from torchvision.utils import make_grid

    pixels_NCHW = _no_larger(to_uint8(images_NCHW) if images_NCHW.is_floating_point() else images_NCHW)
    grid_CHW = make_grid(pixels_NCHW.cpu(), nrow=columns, padding=1, pad_value=127)
    array = grid_CHW.permute(1, 2, 0).numpy()
    is_grey = pixels_NCHW.shape[1] == 1
    image = Image.fromarray(array[:, :, 0] if is_grey else array)
    as_photograph = not is_grey and pixels_NCHW.shape[-1] >= _SMALLEST_PHOTOGRAPH
    side_by_side = min(columns, len(pixels_NCHW))
    return Picture(_uri(image, as_photograph=as_photograph), alt, image.width, image.height, side_by_side)


def _no_larger(pixels_NCHW: Tensor) -> Tensor:
    """Shrunk where a tile would be larger than a page has room for."""
    height, width = pixels_NCHW.shape[2:]
    scale = _LARGEST_TILE / max(height, width)
    if scale >= 1.0:
        return pixels_NCHW
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return F.interpolate(pixels_NCHW.float(), size, mode="bilinear", antialias=True).round().to(pixels_NCHW.dtype)


def _uri(image: Image.Image, *, as_photograph: bool) -> str:
    data = io.BytesIO()
    if as_photograph:
        image.save(data, "JPEG", quality=_QUALITY, subsampling=0)
    else:
        image.save(data, "PNG", optimize=True)
    kind = "jpeg" if as_photograph else "png"
    return f"data:image/{kind};base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
