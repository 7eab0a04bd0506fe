"""Rows of floats into an `.npz` without holding them: raw on the disk first, then behind a header in the archive."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from torch import Tensor

_BLOCK = 1 << 20


@contextmanager
def embeddings_file(path: Path, *, name: str = "embeddings") -> Iterator[Callable[[Tensor], None]]:
    """A function that appends rows `(N, D)` float32; at the end, `numpy.load(path)[name]` has them all."""
    with tempfile.TemporaryFile(dir=path.parent) as raw:
        shape = [0, 0]

        def append(rows_ND: Tensor) -> None:
            raw.write(rows_ND.contiguous().numpy().tobytes())
            shape[:] = [shape[0] + rows_ND.shape[0], rows_ND.shape[1]]

        yield append
        raw.seek(0)
        with zipfile.ZipFile(path, "w") as archive, archive.open(f"{name}.npy", "w", force_zip64=True) as member:
            header = {"descr": "<f4", "fortran_order": False, "shape": tuple(shape)}
            np.lib.format.write_array_header_1_0(member, header)
            shutil.copyfileobj(raw, member, _BLOCK)
