"""A folder of images, with or without a subfolder for each class."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Literal

import torch
from pydantic import PositiveInt
from torch import Tensor

from ganlab_core.component import GanlabError
from ganlab_core.datasets.image_data import ImageData
from ganlab_core.datasets.imbalance import Imbalance, draw_imbalanced
from ganlab_core.datasets.picture import SUFFIXES, UnreadableError, read_picture

_log = logging.getLogger(__name__)


def image_folder(
    *,
    root: str,
    size: PositiveInt,
    channels: Literal[1, 3] = 3,
    classes: Literal["auto", "none"] = "auto",
    unreadable: Literal["stop", "skip"] = "stop",
    imbalance: Imbalance | None = None,
) -> ImageData:
    """Any folder of images, subfolders included; a subfolder for each class gives labels, used for evaluation only.

    Transparent pixels are laid on white; the largest centred square of each image is resized. Hidden files, linked
    folders and links that lead out of the root are passed over.

    Args:
        root: the folder.
        size: height and width in pixels.
        channels: 3 for RGB, 1 for grey.
        classes: auto (the subfolders of root are the classes, if all images lie in some) or none (no labels).
        unreadable: at a file that cannot be read, stop, or skip it with a warning.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: no such folder, no images in it, images both in root and in subfolders, an unreadable file, or
            what `draw_imbalanced` raises.
    """
    folder = Path(root).expanduser()
    if not folder.is_dir():
        raise GanlabError(f"image-folder: root '{folder}' is no folder; give one that holds images")
    paths, images = _read(_image_paths(folder), size, channels, unreadable)
    if not images:
        raise GanlabError(f"image-folder: root '{folder}' holds no readable image; give a folder of images")
    labels_N, class_names = (None, ()) if classes == "none" else _labels(folder, paths)
    data = ImageData(name="image-folder", images_NCHW=torch.stack(images), labels_N=labels_N, class_names=class_names)
    return data if imbalance is None else draw_imbalanced(data, imbalance)


def _image_paths(folder: Path) -> list[Path]:
    """Image files below a folder, sorted by their path in it."""
    inside = folder.resolve()
    found: list[Path] = []
    for place, subfolders, files in os.walk(folder):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        candidates = [Path(place, name) for name in files if not name.startswith(".")]
        found += [path for path in candidates if path.suffix.lower() in SUFFIXES and path.is_file()]
    linked_out = [path for path in found if not path.resolve().is_relative_to(inside)]
    if linked_out:
        _log.warning("image-folder: passed over %d links that lead out of '%s'", len(linked_out), folder)
    return sorted(set(found) - set(linked_out), key=lambda path: path.relative_to(folder).parts)


def _read(
    paths: list[Path], size: int, channels: int, unreadable: Literal["stop", "skip"]
) -> tuple[list[Path], list[Tensor]]:
    """The paths that can be read, and their images."""
    read: list[Path] = []
    images: list[Tensor] = []
    skipped: list[str] = []
    for path in paths:
        try:
            images.append(read_picture(path, size=size, channels=channels))
            read.append(path)
        except UnreadableError as error:
            if unreadable == "stop":
                raise GanlabError(
                    f"image-folder: '{path}' cannot be read ({error}); repair or remove it, or set `unreadable: skip`"
                ) from error
            skipped.append(f"'{path}' ({error})")
    if skipped:
        _log.warning("image-folder: skipped %d unreadable files: %s", len(skipped), ", ".join(skipped))
    return read, images


def _labels(folder: Path, paths: list[Path]) -> tuple[Tensor | None, tuple[str, ...]]:
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
