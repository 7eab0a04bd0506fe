"""By what real images of a source get their codes: by themselves, or by a frozen network's features of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from ganlab_core.features.embed import embed_pictures
from ganlab_core.features.obtain import cached_features, features_path
from ganlab_core.image_files.pictures import PictureBatch
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.verbs.assign.codes import Assigned, assigned_of, class_code, code_reader

By: TypeAlias = Literal["recognition", "features"]
"""The recognition network's reading of the image itself, or of a frozen network's features of it."""

BYS: tuple[By, ...] = get_args(By)
Read = Callable[[PictureBatch], Assigned]


def reading_of(run: LoadedRun, by: By | None = None) -> By:
    """By what a run gives real images their codes: as asked, or by features where it was trained with such.

    Raises:
        GanlabError: features are asked for, and the run has none, or no head that reads them.
    """
    if by == "features" and not run.reads_features:
        lacking = "its recipe has none" if run.recipe.features is None else "its recognition head does not read them"
        raise GanlabError(f"--by features: {run.path} gives no codes by features, since {lacking}; use recognition")
    return by or ("features" if run.reads_features else "recognition")


def picture_reader(
    run: LoadedRun, *, by: By | None = None, data: ImageData | None = None, folder: Path | None = None
) -> Read:
    """A function that gives the images of a batch their codes.

    Args:
        by: as `reading_of` takes it.
        data: the collection that the batches are of, in its order, whose features may be in the cache.
        folder: where the files of the batches lie; if it is the run's own, their features may be in the cache, too.

    Raises:
        GanlabError: the run gives no codes, or its feature network is not to be had; about images when it is called.
    """
    if reading_of(run, by) == "recognition":
        read = code_reader(run)
        return lambda pictures: read(pictures.images_NCHW)
    class_code(run)
    look = _looking(run, data, folder)
    return lambda pictures: assign_features(run, look(pictures))


def assign_features(run: LoadedRun, features_ND: Tensor) -> Assigned:
    """Give each image a category of the run's class code, as the recognition head reads it in the image's features.

    Args:
        run: a trained run that reads features (`run.reads_features`), from `load_run`.
        features_ND: what its feature network says of at least one image, as `run.features_of` gives it.

    Raises:
        GanlabError: the run has no categorical code or no recognition head.
    """
    networks, code = run.model.networks, class_code(run)
    networks.eval()
    with torch.no_grad():
        recognition = networks.recognise_features(features_ND.to(run.device))
    return assigned_of(recognition.parameters[code], recognition.embedding_ND)


def _looking(run: LoadedRun, data: ImageData | None, folder: Path | None) -> Callable[[PictureBatch], Tensor]:
    """What the feature network says of a batch: from the cache where it has the collection, else asked now."""
    try:
        network = run.feature_network
    except GanlabError as error:
        raise GanlabError(
            f"{run.path} gives real images their codes by features, which cannot be had: {error}; or give the codes "
            "that its recognition network reads in the images themselves: `--by recognition`"
        ) from error
    if data is not None:
        known_ND = cached_features(network, data, features_path(network, data, framing=run.framing))
        if known_ND is not None:
            return _in_order(known_ND)
    known = {} if folder is None else _known_files(run, folder)

    def look(pictures: PictureBatch) -> Tensor:
        rows = [known.get(path.resolve()) for path in pictures.paths] if known else [None]
        if all(row is not None for row in rows):
            return torch.stack([row for row in rows if row is not None])
        return embed_pictures(network, pictures.images_NCHW, pictures.paths, framing=run.framing, device=run.device)

    return look


def _known_files(run: LoadedRun, folder: Path) -> dict[Path, Tensor]:
    """The cached features of each file of a run's own folder; none of another, or where its images have changed."""
    if Path(str(run.recipe.dataset.arguments.get("root", ""))).resolve() != folder.resolve():
        return {}
    try:
        data = run.data()
    except GanlabError:
        return {}
    known_ND = cached_features(run.feature_network, data, features_path(run.feature_network, data, framing=run.framing))
    return {} if known_ND is None else dict(zip([path.resolve() for path in data.paths], known_ND, strict=True))


def _in_order(features_ND: Tensor) -> Callable[[PictureBatch], Tensor]:
    done = 0

    def take(pictures: PictureBatch) -> Tensor:
        nonlocal done
        done += len(pictures.images_NCHW)
        return features_ND[done - len(pictures.images_NCHW) : done]

    return take
