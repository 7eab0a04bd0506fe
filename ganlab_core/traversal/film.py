"""A motion as pictures: laid out along the columns of one, or one after the other as an animated GIF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from ganlab_core.image_files.own_output import SIGN
from ganlab_core.image_files.write import image_grid
from ganlab_core.interface.image_data import IMAGES_AT_ONCE
from ganlab_core.traversal.motion import Motion


def images_along(generator: nn.Module, motion: Motion, *, steps: int) -> Tensor:
    """Images `(M * steps, C, H, W)` in [-1, 1]: for each cell of the grid its steps from the first stop to the last.

    Args:
        generator: `(N, Z)` to images `(N, C, H, W)` in [-1, 1].
        steps: how many, the stops at both ends included; 1 of a motion that is still.
    """
    places = torch.linspace(0, motion.length - 1, steps).tolist()
    inputs_TMZ = torch.stack([motion.at(place) for place in places])
    return _images(generator, inputs_TMZ.transpose(0, 1).flatten(0, 1))


def picture(generator: nn.Module, motion: Motion, *, steps: int) -> Tensor:
    """One picture `(C, H, W)` uint8 of `images_along`: a row of the grid, and behind each cell its steps."""
    return image_grid(images_along(generator, motion, steps=steps), columns=motion.grid.columns * steps)


def frames(generator: nn.Module, motion: Motion, *, count: int) -> Iterator[Tensor]:
    """Pictures `(C, H, W)` uint8 of the grid on its way through all stops, up to where it would begin again."""
    for number in range(count):
        inputs_MZ = motion.at(number * motion.length / count, eased=True)
        yield image_grid(_images(generator, inputs_MZ), columns=motion.grid.columns)


def save_gif(pictures_CHW: Iterable[Tensor], path: Path, *, fps: int) -> None:
    """Write uint8 pictures `(C, H, W)` of one or three channels as a GIF that begins again at its end."""
    images = map(_as_image, pictures_CHW)
    first = next(images)
    hundredths = max(2, round(100 / fps))  # what a GIF counts in; viewers slow down what claims to be faster
    first.save(path, save_all=True, append_images=images, duration=10 * hundredths, loop=0, comment=SIGN)


def _as_image(picture_CHW: Tensor) -> Image.Image:
    is_grey = bool(
        (picture_CHW == picture_CHW[:1]).all()
    )  # a GIF has 256 colours, and so all greys, if it has only them
    return Image.fromarray(picture_CHW[0].numpy() if is_grey else picture_CHW.permute(1, 2, 0).numpy())


@torch.no_grad()
def _images(generator: nn.Module, inputs_NZ: Tensor) -> Tensor:
    return torch.cat([generator(batch_NZ).float() for batch_NZ in inputs_NZ.split(IMAGES_AT_ONCE)])
