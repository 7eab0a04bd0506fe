"""A folder of images, with or without a subfolder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.unreadable import Unreadable
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced, require_drawable
from ganlab_core.stock.datasets.room import require_room


def image_folder(
    *,
    root: str,
    size: PositiveInt,
    channels: Literal[1, 3] = 3,
    classes: Literal["auto", "none"] = "auto",
    fit: Fit = "crop",
    unreadable: Unreadable = "stop",
    imbalance: Imbalance | None = None,
) -> ImageData:
    """Any folder of images, subfolders included; a subfolder for each class gives labels, used for evaluation only.

    The layout is root/CLASS/IMAGE.png, the images as deep in the class's folder as they like, or root/IMAGE.png without
    labels. Transparent pixels are laid on white, or on black in an image of which nothing would be seen on white. A
    camera's orientation is applied. Hidden files, linked folders and links that lead out of the root are passed over.

    Args:
        root: the folder.
        size: height and width in pixels.
        channels: 3 for RGB, 1 for grey.
        classes: auto (the subfolders of root are the classes, if all images lie in some) or none (no labels).
        fit: how an image that is not square becomes so: crop (its largest centred square), pad (the colour of its
            border, the median over the outermost pixels, fills a square around it), or stretch.
        unreadable: at a file that cannot be read, stop, or skip it with a warning.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: no such folder, no images in it, images both in root and in subfolders, an unreadable file, or
            what `draw_imbalanced` raises.
    """
    folder = Path(os.path.expanduser(root))
    if not folder.is_dir():
        raise GanlabError(f"image-folder: root '{folder}' is no folder; give one that holds images")
    from ganlab_core.image_files.read import image_paths, read_images  # loads PIL and all its formats

    found = image_paths(folder, asked_by="image-folder")
    require_room(len(found), size=size, channels=channels, asked_by="image-folder")
    if classes != "none" and found:
        require_drawable(*_labels(folder, found), imbalance, asked_by="image-folder")
    read = read_images(found, size=size, channels=channels, fit=fit, unreadable=unreadable, asked_by="image-folder")
    if not read.paths:
        raise GanlabError(f"image-folder: root '{folder}' holds no readable image; give a folder of images")
    labels_N, class_names = (None, ()) if classes == "none" else _labels(folder, read.paths)
    images_NCHW = torch.stack(read.images_CHW)
    data = ImageData(
        name="image-folder", images_NCHW=images_NCHW, labels_N=labels_N, class_names=class_names, paths=read.paths
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
