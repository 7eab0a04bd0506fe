"""Drawing images from a generator and a prior, and laying them out as grids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from ganlab_core.component import GanlabError
from ganlab_core.datasets.image_data import to_uint8
from ganlab_core.latent import Held
from ganlab_core.priors.product import Prior
from ganlab_core.randomness import derived_generator

_ROWS_WITHOUT_CODE = 10
_SMALLEST_TILE = 48  # pixels: smaller images are enlarged in a grid, so that a person sees them


@torch.no_grad()
def generate(
    generator: nn.Module,
    prior: Prior,
    count: int,
    *,
    values: Mapping[str, Held] | None = None,
    seed: int,
    device: torch.device,
) -> Tensor:
    """`count` images `(count, C, H, W)` in [-1, 1], with the factors named in `values` held.

    The same seed gives the same noise whatever is held, so that grids can vary one thing at a time.
    """
    draws = derived_generator(seed, "samples", device=device)
    images_NCHW: Tensor = generator(prior.sample_with(values or {}, count, generator=draws).vector_NZ)
    return images_NCHW.float()


def sample_grid(generator: nn.Module, prior: Prior, *, columns: int, seed: int, device: torch.device) -> Tensor:
    """A grid `(C, H, W)` uint8: a row a category of the class code, the noise of a column the same in every row."""
    code = next(iter(prior.categorical), None)
    if code is None:
        images_NCHW = generate(generator, prior, columns * _ROWS_WITHOUT_CODE, seed=seed, device=device)
    else:
        rows = [
            generate(generator, prior, columns, values={code: category}, seed=seed, device=device)
            for category in range(prior.categorical[code].classes)
        ]
        images_NCHW = torch.cat(rows)
    return image_grid(images_NCHW, columns=columns)


def image_grid(images_NCHW: Tensor, *, columns: int) -> Tensor:
    """Images in [-1, 1] as one picture `(C, H, W)` uint8, small ones enlarged without smoothing."""
    from torchvision.utils import make_grid  # here, since importing torchvision takes longer than torch itself

    pixels_NCHW = to_uint8(images_NCHW).cpu()
    enlarge = -(-_SMALLEST_TILE // pixels_NCHW.shape[-1])
    pixels_NCHW = pixels_NCHW.repeat_interleave(enlarge, dim=2).repeat_interleave(enlarge, dim=3)
    grid_CHW: Tensor = make_grid(pixels_NCHW, nrow=columns, padding=2, pad_value=127)
    return grid_CHW


def save_png(image_CHW: Tensor, path: Path) -> None:
    """Write a uint8 picture `(C, H, W)` of one or three channels."""
    array = image_CHW.permute(1, 2, 0).numpy()
    Image.fromarray(array.squeeze(2) if array.shape[2] == 1 else array).save(path)


def save_images(images_NCHW: Tensor, folder: Path) -> None:
    """Write images in [-1, 1] as `folder/00000.png`, `00001.png`, ...

    Raises:
        GanlabError: the folder exists or cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise GanlabError(f"{folder} cannot be made: {error.strerror}; name a folder that does not exist") from error
    for index, image_CHW in enumerate(to_uint8(images_NCHW).cpu()):
        save_png(image_CHW, folder / f"{index:05d}.png")
