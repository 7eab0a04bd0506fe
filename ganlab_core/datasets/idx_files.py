"""IDX files, the format of MNIST and its kin (LeCun et al. 1998), plain or gzipped, read in place."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from ganlab_core.component import GanlabError

_SIDE = 28


def find_idx_file(folders: list[Path], name: str) -> Path | None:
    """The first of `name` and `name.gz` in the first folder that has one; None if none has."""
    candidates = [folder / file for folder in folders for file in (name, f"{name}.gz")]
    return next((path for path in candidates if path.is_file()), None)


def read_idx_images(path: Path) -> Tensor:
    """Images `(N, 1, 28, 28)` uint8. Raises GanlabError, with the file's name, if they are not there whole."""
    from torchvision.datasets.mnist import read_image_file

    images_NHW = _read(path, read_image_file)
    if tuple(images_NHW.shape[1:]) != (_SIDE, _SIDE):
        height, width = images_NHW.shape[1:]
        raise GanlabError(f"'{path}' holds images of {height} x {width} pixels, not {_SIDE} x {_SIDE}")
    return images_NHW.unsqueeze(1)


def read_idx_labels(path: Path, *, classes: int) -> Tensor:
    """Labels `(N,)` int64 in 0..classes-1. Raises GanlabError, with the file's name, if they are not there whole."""
    from torchvision.datasets.mnist import read_label_file

    labels_N = _read(path, read_label_file)
    if int(labels_N.max()) >= classes:
        raise GanlabError(f"'{path}' holds label {int(labels_N.max())}, and there are {classes} classes")
    return labels_N


def _read(path: Path, reader: Callable[[str], Tensor]) -> Tensor:
    """What torchvision's reader, which takes only the path of a plain file, makes of a plain or gzipped one."""
    try:
        if path.suffix != ".gz":
            return reader(str(path))
        # Unpacked elsewhere, since the data set's own folder may be read-only or shared.
        with tempfile.TemporaryDirectory() as folder, gzip.open(path) as packed:
            plain = Path(folder, path.stem)
            with plain.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
            return reader(str(plain))
    except (
        AssertionError,
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
        OSError,
        EOFError,
        zlib.error,
    ) as error:
        raise GanlabError(
            f"'{path}' is truncated or corrupt ({error or type(error).__name__}); fetch the file again"
        ) from error
