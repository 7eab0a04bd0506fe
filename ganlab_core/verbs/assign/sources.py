"""Where images to assign come from, as batches: files below a folder, or a collection in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ganlab_core.image_files.batches import BATCH_SIZE, picture_batches
from ganlab_core.image_files.common_tones import told
from ganlab_core.image_files.fit import Manner
from ganlab_core.image_files.folders import require_image_folder
from ganlab_core.image_files.pictures import PictureBatch, read_pictures
from ganlab_core.image_files.survey import tones_of_files
from ganlab_core.image_files.walk import Walk
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
        is_collection: whether images have a place in a data set, which their index names.
        root: the folder that the files lie in, where nothing may be written; None where there are no files.
        manner: how files are read; None where that was done before.
        passed_over: what was not taken for an image when the batches were read last, a sentence a kind.
        remarks: how files of more than eight bits or with transparency are read, a sentence each.
    """

    opened: Callable[[], AbstractContextManager[Iterator[PictureBatch]]]
    total: int | None
    has_paths: bool
    is_collection: bool
    root: Path | None
    manner: Manner | None = None
    passed_over: Callable[[], Sequence[str]] = tuple
    remarks: Sequence[str] = ()


def folder_source(
    folder: Path,
    run: LoadedRun,
    *,
    batch_size: int = BATCH_SIZE,
    megapixels: int | None = None,
    follow_links: bool = False,
) -> PictureSource:
    """The image files below a folder, read as the run's own images were: its size, channels, crop, fit and tones.

    Of what the run's own images had none of, such as more than eight bits, these say how they are to be read.

    Args:
        megapixels: pictures of more are unreadable; as the run's data set has it if left out.
        follow_links: enter folders that are links too, as the run's data set may do anyway.

    Raises:
        GanlabError: there is no such folder, it holds no image file, or the run's images are no square ones.
    """
    channels, height, width = run.facts.image_shape
    if height != width or channels not in (1, 3):
        raise GanlabError(
            f"{run.path} was trained on images of {height} x {width} x {channels}, and files are read as squares, "
            "grey or RGB; name a data set that gives such images"
        )
    require_image_folder(folder)
    own = run.manner
    walk = Walk(folder, follow_links=follow_links or own.follow_links)
    if next(iter(walk), None) is None:
        passed_over = [f"  passed over {sentence}" for sentence in walk.passed_over()]
        raise GanlabError(f"'{folder}' holds no image file; give a folder of images", *passed_over)
    megapixels = megapixels or own.megapixels
    manner = replace(own, megapixels=megapixels, tones=tones_of_files(walk, known=own.tones, megapixels=megapixels))
    read = partial(
        read_pictures,
        size=height,
        channels=channels,
        crop=own.framing.crop,
        fit=own.framing.fit,
        tones=manner.tones,
        megapixels=megapixels,
    )
    return PictureSource(
        partial(picture_batches, lambda: iter(walk), read, batch_size=batch_size),
        total=None,
        has_paths=True,
        is_collection=False,
        root=folder,
        manner=manner,
        passed_over=walk.passed_over,
        remarks=told(manner.tones),
    )


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
        is_collection=True,
        root=_common_folder((data.full or data).paths),
    )


def _common_folder(paths: Sequence[Path]) -> Path | None:
    return Path(os.path.commonpath({path.parent for path in paths})) if paths else None


def _shapes(data: ImageData, run: LoadedRun) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return data.image_shape, run.facts.image_shape
