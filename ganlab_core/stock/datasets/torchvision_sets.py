"""MNIST, Fashion-MNIST, KMNIST and CIFAR-10 from files on disk, downloaded by torchvision only when asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import PositiveInt

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.location import Location, looked_for
from ganlab_core.interface.user_path import user_path
from ganlab_core.stock.datasets.idx_files import find_idx_file, read_idx_images, read_idx_labels
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
from ganlab_core.stock.datasets.room import resized_in_room

Split = Literal["train", "test", "all"]
_PREFIXES = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}
_DOWNLOAD = "set `download: true` to fetch the files there"


def mnist(
    *,
    root: Location,
    split: Split = "train",
    download: bool = False,
    size: PositiveInt | None = None,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """MNIST: 70,000 handwritten digits, grey, 28 x 28 (LeCun et al. 1998).

    Args:
        root: folder that holds MNIST/raw/train-images-idx3-ubyte and so on, plain or .gz, or the folder of the files.
        split: train (60,000 images), test (10,000), or all of them.
        download: fetch the files into root if they are not there; nothing is ever written otherwise.
        size: height and width in pixels, if not the original ones.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: missing, truncated or corrupt files, a download that fails, or what `draw_imbalanced` raises.
    """
    data = _read_idx_set("mnist", "MNIST", user_path(root), split, download)
    return _finish(replace(data, class_names=tuple("0123456789")), size, imbalance)


def fashion_mnist(
    *,
    root: Location,
    split: Split = "train",
    download: bool = False,
    size: PositiveInt | None = None,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """Fashion-MNIST: 70,000 articles of clothing, grey, 28 x 28 (Xiao et al. 2017, arXiv 1708.07747).

    Args:
        root: folder that holds FashionMNIST/raw/train-images-idx3-ubyte and so on, plain or .gz, or their folder.
        split: train (60,000 images), test (10,000), or all of them.
        download: fetch the files into root if they are not there; nothing is ever written otherwise.
        size: height and width in pixels, if not the original ones.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: missing, truncated or corrupt files, a download that fails, or what `draw_imbalanced` raises.
    """
    data = _read_idx_set("fashion-mnist", "FashionMNIST", user_path(root), split, download)
    return _finish(data, size, imbalance)


def kmnist(
    *,
    root: Location,
    split: Split = "train",
    download: bool = False,
    size: PositiveInt | None = None,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """Kuzushiji-MNIST: 70,000 cursive Japanese characters, grey, 28 x 28 (Clanuwat et al. 2018, arXiv 1812.01718).

    Args:
        root: folder that holds KMNIST/raw/train-images-idx3-ubyte and so on, plain or .gz, or the folder of the files.
        split: train (60,000 images), test (10,000), or all of them.
        download: fetch the files into root if they are not there; nothing is ever written otherwise.
        size: height and width in pixels, if not the original ones.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: missing, truncated or corrupt files, a download that fails, or what `draw_imbalanced` raises.
    """
    return _finish(_read_idx_set("kmnist", "KMNIST", user_path(root), split, download), size, imbalance)


def cifar10(
    *,
    root: Location,
    split: Split = "train",
    download: bool = False,
    size: PositiveInt | None = None,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """CIFAR-10: 60,000 photographs of ten kinds of things, colour, 32 x 32 (Krizhevsky 2009).

    Args:
        root: folder that holds cifar-10-batches-py, the unpacked archive of the Python version.
        split: train (50,000 images), test (10,000), or all of them.
        download: fetch the files into root if they are not there; nothing is ever written otherwise.
        size: height and width in pixels, if not the original ones.
        imbalance: keep only so many images of each class.

    Raises:
        GanlabError: missing or altered files, a download that fails, or what `draw_imbalanced` raises.
    """
    folder = user_path(root)
    source = _torchvision("CIFAR10")
    if not download and not (folder / source.base_folder).is_dir():
        raise GanlabError(
            f"cifar10: root {looked_for(folder)} has no folder {source.base_folder}: unpack "
            f"{source.filename} there, or {_DOWNLOAD}"
        )
    # The files are pickles, which run code when opened: torchvision opens none before the MD5 sums of all of them
    # match the published ones, and that check must stay on.
    try:
        parts = [
            source(str(folder), train=train, download=download)
            for train in {"train": (True,), "test": (False,), "all": (True, False)}[split]
        ]
    except (RuntimeError, OSError) as error:
        raise GanlabError(f"cifar10: root '{folder}': {error}; unpack the archive anew, or {_DOWNLOAD}") from error
    data = ImageData(
        name="cifar10",
        images_NCHW=torch.cat([torch.from_numpy(part.data).permute(0, 3, 1, 2) for part in parts]).contiguous(),
        labels_N=torch.cat([torch.tensor(part.targets) for part in parts]),
        class_names=tuple(parts[0].classes),
    )
    return _finish(data, size, imbalance)


def _finish(data: ImageData, size: int | None, imbalance: Imbalance | None) -> ImageData:
    if size is not None:
        data = replace(data, images_NCHW=resized_in_room(data.images_NCHW, size, asked_by=data.name))
    return draw_imbalanced(data, imbalance)


def _torchvision(name: str) -> Any:
    """A class of `torchvision.datasets`, imported when a recipe needs it: the import takes longer than torch's own."""
    from torchvision import datasets

    return getattr(datasets, name)


def _read_idx_set(name: str, source_name: str, root: Path, split: Split, download: bool) -> ImageData:
    """The images of the torchvision class of that name, one that keeps IDX files."""
    dataset = _torchvision(source_name)
    classes = tuple(dataset.classes)
    images, labels = [], []
    for images_file, labels_file in _idx_files(name, dataset, root, split, download):
        images.append(read_idx_images(images_file))
        labels.append(read_idx_labels(labels_file, classes=len(classes)))
        if len(images[-1]) != len(labels[-1]):
            raise GanlabError(
                f"{name}: '{images_file}' holds {len(images[-1])} images, and '{labels_file}' "
                f"{len(labels[-1])} labels; fetch both files again"
            )
    return ImageData(name=name, images_NCHW=torch.cat(images), labels_N=torch.cat(labels), class_names=classes)


def _idx_files(name: str, dataset: Any, root: Path, split: Split, download: bool) -> list[tuple[Path, Path]]:
    """The file of images and that of labels of each part of a split, downloaded first if asked and not there."""
    wanted = [
        file for prefix in _PREFIXES[split] for file in (f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte")
    ]
    raw = root / dataset.__name__ / "raw"
    found = [find_idx_file([raw, root], file) for file in wanted]
    if download and None in found:
        try:
            dataset(str(root), download=True)
        except (RuntimeError, OSError) as error:
            raise GanlabError(f"{name}: the download into root '{root}' failed: {error}") from error
        found = [find_idx_file([raw, root], file) for file in wanted]
    paths = [path for path in found if path is not None]
    if len(paths) < len(wanted):
        missing = wanted[found.index(None)]
        state = "has no" if root.is_dir() else "does not exist, so there is no"
        raise GanlabError(
            f"{name}: root {looked_for(root)} {state} {dataset.__name__}/raw/{missing}[.gz]: put it there, or "
            f"{_DOWNLOAD}"
        )
    return list(zip(paths[::2], paths[1::2], strict=True))
