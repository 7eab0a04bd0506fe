"""IDX files, the format of MNIST and its kin (LeCun et al. 1998), plain or gzipped, read in place."""

from __future__ import annotations

import gzip
import math
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from ganlab_core.interface.errors import GanlabError

_SIDE = 28
_MAX_BYTES = 1 << 30  # the largest file of the family, EMNIST's, has 0.6 GB


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
            plain.write_bytes(_unpacked(packed))
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
        struct.error,
    ) as error:
        # Another error's text may quote the file, which a recipe merely names.
        reason = str(error) if isinstance(error, (ValueError, EOFError)) else getattr(error, "strerror", None)
        raise GanlabError(
            f"'{path}' is truncated or corrupt ({reason or type(error).__name__}); fetch the file again"
        ) from error


def _unpacked(packed: gzip.GzipFile) -> bytes:
    """What a gzipped file holds, no more of it than its own header says, so that a small file fills no memory."""
    magic = packed.read(4)
    *_, dimensions = struct.unpack("4B", magic)
    sizes = packed.read(4 * dimensions)
    count = math.prod(struct.unpack(f">{dimensions}I", sizes))
    if count > _MAX_BYTES:
        raise ValueError(f"its header says {count:,} values, more than {_MAX_BYTES:,}")
    values = packed.read(count + 1)
    if len(values) != count:
        raise ValueError(
            f"it holds {'more' if len(values) > count else 'fewer'} values than the {count:,} of its header"
        )
    _ = packed.read(1)  # checks the sum at the end
    return magic + sizes + values
