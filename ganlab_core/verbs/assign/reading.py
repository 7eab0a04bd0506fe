"""By what real images of a source get their codes: by themselves, or by a frozen network's features of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from ganlab_core.features.obtain import FeatureReader
from ganlab_core.image_files.fit import Manner
from ganlab_core.image_files.pictures import PictureBatch
from ganlab_core.interface.errors import GanlabError
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


def picture_reader(run: LoadedRun, *, by: By | None = None, manner: Manner | None = None) -> Read:
    """A function that gives the images of a batch their codes.

    Args:
        by: as `reading_of` takes it.
        manner: how the images' files are read; as the run's own if left out.

    Raises:
        GanlabError: the run gives no codes, or its feature network is not to be had; about images when it is called.
    """
    if reading_of(run, by) == "recognition":
        read = code_reader(run)
        return lambda pictures: read(pictures.images_NCHW)
    class_code(run)
    look = _feature_reader(run, manner)
    return lambda pictures: assign_features(run, look(pictures.images_NCHW, pictures.paths))


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


def _feature_reader(run: LoadedRun, manner: Manner | None) -> FeatureReader:
    try:
        return run.feature_reader(manner)
    except GanlabError as error:
        raise GanlabError(
            f"{run.path} gives real images their codes by features, which cannot be had: {error}; or give the codes "
            "that its recognition network reads in the images themselves: `--by recognition`"
        ) from error
