"""One `.npz` archive of MedMNIST: fetched if asked, read without pickles, and checked against what it should hold."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganlab_core import GanlabError, renamed_into_place
from ganlab_medmnist.collection import Collection

_UNREADABLE = (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError)


def obtain_archive(collection: Collection, size: int, root: Path, *, download: bool) -> Path:
    """The archive's path below root; fetched, its MD5 sum checked, if it is not there and `download` is set.

    Raises:
        GanlabError: it is not there, or the download fails.
    """
    path = root / collection.file_name(size)
    if path.is_file():
        return path
    url = collection.url(size)
    if not download:
        raise GanlabError(f"medmnist: there is no file '{path}': fetch {url} and put it there, or set `download: true`")
    try:
        _fetch(url, path, md5=collection.md5(size))
    except (RuntimeError, OSError) as error:
        raise GanlabError(
            f"medmnist: the download of {url} into root '{root}' failed: {error}; fetch it yourself and put it there "
            f"as {path.name}"
        ) from error
    return path


def _fetch(url: str, path: Path, *, md5: str) -> None:
    """Written aside and renamed, so that neither half a file nor one with another sum is ever taken for the archive."""
    from torchvision.datasets.utils import download_url

    with renamed_into_place(path) as aside:
        download_url(url, aside.parent, filename=aside.name, md5=md5)


def read_parts(path: Path, collection: Collection, size: int, parts: tuple[str, ...]) -> tuple[Tensor, Tensor]:
    """Images `(N, C, size, size)` uint8 and labels `(N,)` int64 of these parts (train, val, test), one after another.

    Raises:
        GanlabError: no such archive, a corrupt one, or other arrays in it than the collection has.
    """
    images, labels = [], []
    for part in parts:
        images.append(_images(_array(path, f"{part}_images"), path, collection, size))
        labels.append(_labels(_array(path, f"{part}_labels"), path, collection))
        if len(images[-1]) != len(labels[-1]):
            raise _odd(path, f"{len(images[-1])} images and {len(labels[-1])} labels in {part}")
    images_NCHW = torch.cat(images)
    if not len(images_NCHW):
        raise _odd(path, f"no image in {', '.join(parts)}")
    return images_NCHW, torch.cat(labels)


def _array(path: Path, name: str) -> npt.NDArray[np.generic]:
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise GanlabError(f"medmnist: '{path}' cannot be read (it is no whole .npz archive); fetch it again")
    try:
        with np.load(path, allow_pickle=False) as archive:
            array: npt.NDArray[np.generic] = archive[name]
    except KeyError as error:
        raise _odd(path, f"no array {name}") from error
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or "an array in it is none"
        if str(error).startswith("Object arrays"):  # another text of numpy may quote the file
            reason = str(error)
        raise GanlabError(f"medmnist: '{path}' cannot be read ({reason}); fetch it again") from error
    return array


def _images(array: npt.NDArray[np.generic], path: Path, collection: Collection, size: int) -> Tensor:
    """Grey images are stored without a channel, colour ones with the channel last."""
    wanted = (size, size) if collection.channels == 1 else (size, size, collection.channels)
    if array.dtype != np.uint8 or array.shape[1:] != wanted:
        raise _odd(path, f"images {array.dtype} {array.shape}, not uint8 (N, {', '.join(map(str, wanted))})")
    images_NHWC = torch.from_numpy(array.reshape(len(array), size, size, collection.channels))
    return images_NHWC.permute(0, 3, 1, 2).contiguous()


def _labels(array: npt.NDArray[np.generic], path: Path, collection: Collection) -> Tensor:
    """Stored as a column."""
    if array.dtype.kind not in "iu" or array.shape[1:] not in ((), (1,)):
        raise _odd(path, f"labels {array.dtype} {array.shape}, not one whole number an image")
    labels_N = torch.from_numpy(array.reshape(len(array)).astype(np.int64))
    classes = len(collection.class_names)
    if len(labels_N) and not (labels_N.min() >= 0 and labels_N.max() < classes):
        raise _odd(path, f"labels from {labels_N.min()} to {labels_N.max()}, and {classes} classes")
    return labels_N


def _odd(path: Path, found: str) -> GanlabError:
    return GanlabError(f"medmnist: '{path}' is not the archive it should be: it holds {found}; fetch it again")
