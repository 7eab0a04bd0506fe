"""A folder of images, with or without a subfolder for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.unreadable import Unreadable
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.location import Location
from ganlab_core.interface.user_path import user_path
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced, require_drawable
from ganlab_core.stock.datasets.room import require_room


def image_folder(
    *,
    root: Location,
    size: PositiveInt,
    channels: Literal[1, 3] = 3,
    classes: Literal["auto", "none"] = "auto",
    fit: Fit = "crop",
    unreadable: Unreadable = "stop",
    megapixels: PositiveInt = MEGAPIXELS,
    follow_links: bool = False,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """Any folder of images, subfolders included; a subfolder for each class gives labels, used for evaluation only.

    The layout is root/CLASS/IMAGE.png, the images as deep in the class's folder as they like, or root/IMAGE.png without
    labels. A camera's orientation is applied. What is read otherwise than any program shows it, and what is passed
    over, is said in warnings:

    - Transparent pixels are laid on white, and on black in an image of which nothing would be seen on white; where that
      is half of the images with such pixels or more, all of them are laid on black.
    - Of more than eight bits the range is found that all images together use: 8, 10, 12, 14 or 16 bits, of floats 0 to
      1 too, or what lies between the darkest and the brightest values. It is kept with the run (`data.json`).
    - Passed over are files that are called as no image is, thumbnails, hidden files, linked folders and links that lead
      out of the root; of a file of several pages the first is read.

    Args:
        root: the folder.
        size: height and width in pixels.
        channels: 3 for RGB, 1 for grey.
        classes: auto (the subfolders of root are the classes, if all images lie in some) or none (no labels).
        fit: how an image that is not square becomes so: crop (its largest centred square), pad (the colour of its
            border, the median over the outermost pixels, fills a square around it), or stretch.
        unreadable: at a file that cannot be read, stop, or skip it with a warning.
        megapixels: the most that a picture may hold, in millions of pixels; larger ones are unreadable, but for JPEGs,
            which are read smaller. Decoding takes up to 12 MB of memory for each, in all threads together.
        follow_links: enter folders that are links, each folder once, and take links that lead out of the root.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: no such folder, no images in it, images both in root and in subfolders, an unreadable file, or
            what `draw_imbalanced` raises.
    """
    from ganlab_core.image_files.folders import require_image_folder  # loads PIL and all its formats
    from ganlab_core.image_files.read import read_images
    from ganlab_core.image_files.walk import Walk

    folder = user_path(root)
    require_image_folder(folder, named="image-folder: root ", wanted="with images: --set dataset.root=FOLDER")
    walk = Walk(folder, asked_by="image-folder", follow_links=follow_links)
    paths = list(walk)
    walk.warn()
    require_room(len(paths), size=size, channels=channels, asked_by="image-folder")
    if classes != "none" and paths:
        require_drawable(*_labels(folder, paths), imbalance, asked_by="image-folder")
    read = read_images(
        paths,
        size=size,
        channels=channels,
        fit=fit,
        unreadable=unreadable,
        megapixels=megapixels,
        asked_by="image-folder",
    )
    if not read.paths:
        raise GanlabError(f"image-folder: root '{folder}' holds no readable image; give a folder of images")
    labels_N, class_names = (None, ()) if classes == "none" else _labels(folder, read.paths)
    images_NCHW = torch.stack(read.images_CHW)
    data = ImageData(
        name="image-folder",
        images_NCHW=images_NCHW,
        labels_N=labels_N,
        class_names=class_names,
        paths=read.paths,
        tones=read.tones,
        remarks=(*(f"passed over {sentence}" for sentence in walk.passed_over()), *read.remarks),
    )
    return draw_imbalanced(data, imbalance)


def _labels(folder: Path, paths: Sequence[Path]) -> tuple[Tensor | None, tuple[str, ...]]:
    """Labels and class names from the first folder below the root; none if all images lie in the root itself."""
    parts = [path.relative_to(folder).parts for path in paths]
    loose = sum(len(part) == 1 for part in parts)
    if loose == len(parts):
        return None, ()
    if loose:
        raise GanlabError(
            f"image-folder: '{folder}' holds {loose} images outside of its subfolders, so the subfolders are no "
            "classes: move them, or set `classes: none`"
        )
    names = tuple(sorted({part[0] for part in parts}))
    return torch.tensor([names.index(part[0]) for part in parts]), names
