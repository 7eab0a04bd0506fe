"""The data set `medmnist`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from ganlab_core import ImageData, Imbalance, draw_imbalanced
from ganlab_medmnist.archive import obtain_archive, read_parts
from ganlab_medmnist.collection import ORIGINAL_SIZE, collection


def _usable(name: str) -> str:
    return collection(name).name


Split = Literal["train", "val", "test", "all"]
Name = Annotated[str, AfterValidator(_usable)]
_PARTS = ("train", "val", "test")


def medmnist(
    *,
    name: Name,
    root: str,
    size: Literal[28, 64, 128, 224] = ORIGINAL_SIZE,
    split: Split = "train",
    download: bool = False,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """MedMNIST: eleven collections of medical images, grey or RGB, with labels (Yang et al. 2023, arXiv 2110.14795).

    Args:
        name: which collection, such as bloodmnist; flat ones only, whose images have one label each.
        root: folder that holds NAME.npz, or NAME_SIZE.npz for sizes above 28.
        size: height and width in pixels; each is an archive of its own.
        split: train, val, test, or all of them.
        download: fetch the archive into root if it is not there; nothing is written there otherwise.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: no such collection, one of volumes or of several labels an image, a missing or corrupt archive, a
            download that fails, or what `draw_imbalanced` raises.
    """
    wanted = collection(name)
    path = obtain_archive(wanted, size, Path(os.path.expanduser(root)), download=download)
    images_NCHW, labels_N = read_parts(path, wanted, size, _PARTS if split == "all" else (split,))
    data = ImageData(name=name, images_NCHW=images_NCHW, labels_N=labels_N, class_names=wanted.class_names)
    return draw_imbalanced(data, imbalance)
