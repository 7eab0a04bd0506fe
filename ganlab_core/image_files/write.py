"""Pictures to disk: grids of small images, and PNG files."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from ganlab_core.image_files.own_output import SIGN, mark_folder
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import to_uint8
from ganlab_core.system.atomic import written_aside

_SMALLEST_TILE = 48  # pixels: smaller images are enlarged in a grid, so that a person sees them


def image_grid(images_NCHW: Tensor, *, columns: int) -> Tensor:
    """Images in [-1, 1] as one picture `(C, H, W)` uint8, small ones enlarged without smoothing."""
    from torchvision.utils import make_grid  # here, since importing torchvision takes longer than torch itself

    pixels_NCHW = to_uint8(images_NCHW).cpu()
    enlarge = -(-_SMALLEST_TILE // pixels_NCHW.shape[-1])
    pixels_NCHW = pixels_NCHW.repeat_interleave(enlarge, dim=2).repeat_interleave(enlarge, dim=3)
    grid_CHW: Tensor = make_grid(pixels_NCHW, nrow=columns, padding=2, pad_value=127)
    return grid_CHW


def save_png(image_CHW: Tensor, path: Path, *, of_many: bool = False) -> None:
    """Write a uint8 picture `(C, H, W)` of one or three channels.

    Args:
        of_many: it shows several images, and is signed, so that it is never taken for one more of them.
    """
    array = image_CHW.permute(1, 2, 0).numpy()
    said = PngInfo()
    if of_many:
        said.add_text("Software", SIGN)
    Image.fromarray(array.squeeze(2) if array.shape[2] == 1 else array).save(path, pnginfo=said)


def save_images(images_NCHW: Tensor, folder: Path) -> None:
    """Write images in [-1, 1] as `folder/00000.png`, `00001.png`, ...; the folder is there whole or not at all.

    It is marked as one of drawn images.

    Raises:
        GanlabError: the folder exists or cannot be made.
    """
    if os.path.lexists(folder):
        raise GanlabError(f"{folder} exists already; name a folder that does not exist")
    with written_aside(folder) as aside:
        fill_folder(images_NCHW, aside)


def fill_folder(images_NCHW: Tensor, folder: Path) -> None:
    """Make a folder, marked as one of drawn images, and write images in [-1, 1] into it as `00000.png`, ..."""
    folder.mkdir()
    mark_folder(folder)
    for index, image_CHW in enumerate(to_uint8(images_NCHW).cpu()):
        save_png(image_CHW, folder / f"{index:05d}.png")
