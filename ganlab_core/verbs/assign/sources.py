"""Where images to assign come from, as batches: files below a folder, or a collection in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ganlab_core.image_files.batches import BATCH_SIZE, picture_batches
from ganlab_core.image_files.pictures import PictureBatch, read_pictures
from ganlab_core.image_files.walk import count_links, walk_images
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.runs.loaded import LoadedRun


@dataclass(frozen=True)
class PictureSource:
    """Batches of images, opened once.

    Attributes:
        opened: gives the batches for the time of a `with`.
        total: how many images there are, None if that is not known beforehand.
        has_paths: whether each image has a file.
        data: the data set in which images have a place, which their index names; None of a folder's files.
        root: the folder that the files lie in, where nothing may be written; None where there are no files.
    """

    opened: Callable[[], AbstractContextManager[Iterator[PictureBatch]]]
    total: int | None
    has_paths: bool
    data: ImageData | None
    root: Path | None


def folder_source(folder: Path, run: LoadedRun, *, batch_size: int = BATCH_SIZE) -> PictureSource:
    """The image files below a folder, read as the run's own images were: its size, channels, crop and fit.

    Raises:
        GanlabError: there is no such folder, it holds no image file, or the run's images are no square ones.
    """
    channels, height, width = run.facts.image_shape
    if height != width or channels not in (1, 3):
        raise GanlabError(
            f"{run.path} was trained on images of {height} x {width} x {channels}, and files are read as squares, "
            "grey or RGB; name a data set that gives such images"
        )
    if not folder.is_dir():
        raise GanlabError(f"'{folder}' is no folder; give one that holds images")
    if next(walk_images(folder), None) is None:
        if links := count_links(folder):
            raise GanlabError(
                f"'{folder}' holds no image file, but {links} links that lead out of it or nowhere, which are passed "
                "over; give a folder of images, or copies of them (`ganlab assign --sort-into FOLDER --copy`)"
            )
        raise GanlabError(f"'{folder}' holds no image file; give a folder of images")
    framing = run.framing
    read = partial(read_pictures, size=height, channels=channels, crop=framing.crop, fit=framing.fit)
    opened = partial(picture_batches, partial(walk_images, folder), read, batch_size=batch_size)
    return PictureSource(opened, total=None, has_paths=True, data=None, root=folder)


def collection_source(data: ImageData, run: LoadedRun, *, batch_size: int = BATCH_SIZE) -> PictureSource:
    """The images of a data set, in its order.

    Raises:
        GanlabError: they have another shape than the run's.
    """
    if data.image_shape != run.facts.image_shape:
        found, wanted = (f"{height} x {width} x {channels}" for channels, height, width in _shapes(data, run))
        raise GanlabError(
            f"dataset {data.name!r} has images of {found}, and {run.path} takes {wanted}; "
            f"set its size (`--set dataset.size={run.facts.image_shape[1]}`) or channels, or choose another"
        )

    def batches() -> Iterator[PictureBatch]:
        for start in range(0, len(data), batch_size):
            chosen = slice(start, start + batch_size)
            yield PictureBatch(data.images_NCHW[chosen], data.paths[chosen])

    return PictureSource(
        lambda: nullcontext(batches()),
        total=len(data),
        has_paths=bool(data.paths),
        data=data,
        root=_common_folder((data.full or data).paths),
    )


def _common_folder(paths: Sequence[Path]) -> Path | None:
    return Path(os.path.commonpath({path.parent for path in paths})) if paths else None


def _shapes(data: ImageData, run: LoadedRun) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return data.image_shape, run.facts.image_shape
