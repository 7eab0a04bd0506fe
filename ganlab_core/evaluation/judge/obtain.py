"""`Judge`: a small CNN, trained on a collection's labels, that says which class a generated image shows.

Figures about generated images rest on the judge, so it carries its own accuracy: how much of a fifth of the
collection, held out from its training, it labels rightly.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import torch

from ganlab_core.evaluation.judge.files import UnfitError, load_judge, save_judge
from ganlab_core.evaluation.judge.training import held_out_mask, train_classifier
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import IMAGES_AT_ONCE, ImageData, to_unit_range
from ganlab_core.interface.judge import Judge
from ganlab_core.interface.randomness import derived_seed
from ganlab_core.interface.user_path import user_path
from ganlab_core.system.cache_folder import default_cache

_VERSION = "v1"  # of architecture and training: a change of either must not meet files of the other
_log = logging.getLogger(__name__)


def obtain_judge(
    data: ImageData,
    *,
    weights: str | None = None,
    cache: Path | None = None,
    device: torch.device = torch.device("cpu"),  # noqa: B008 (a device is immutable)
) -> Judge | None:
    """The judge of a collection: from a weights file, from the cache, or trained now; None without labels.

    It learns from the whole labelled collection, `data.full` where `data` was drawn from one, and is cached under
    that collection's content hash. A judge from `weights` is scored on the same held-out fifth.

    Args:
        weights: a safetensors file of a `Judge`'s parameters, such as one of the cache's.
        cache: folder of cached judges; `$GANLAB_CACHE`, or `ganlab` in the user's cache folder, if None.
        device: where the judge trains and works.

    Raises:
        GanlabError: a weights file that is not there or does not fit, or too few images to learn from.
    """
    whole = data.full or data
    if whole.labels_N is None:
        return None
    if weights is not None:
        return _given(whole, user_path(weights)).to(device)
    path = (cache or default_cache()) / "judges" / f"{whole.content_hash}-{_VERSION}.safetensors"
    judge = _cached(whole, path)
    if judge is None:
        judge = _trained(whole, device)
        try:
            save_judge(judge, path, accuracy=judge.accuracy)
        except OSError as error:
            _log.warning("the judge is not cached, since '%s' cannot be written: %s", path, error)
    return judge.to(device)


def require_judge(data: ImageData, *, weights: str | None = None) -> None:
    """Check that `obtain_judge` will give the judge of a labelled collection, without training one.

    Raises:
        GanlabError: as `obtain_judge`.
    """
    whole = data.full or data
    if whole.labels_N is None:
        return
    if weights is not None:
        _loaded(whole, user_path(weights))
    else:
        held_out_mask(whole.labels_N)


def _given(data: ImageData, path: Path) -> Judge:
    judge = _loaded(data, path)
    judge.accuracy = _accuracy(judge, data)
    return judge.eval()


def _loaded(data: ImageData, path: Path) -> Judge:
    assert data.labels_N is not None
    held_out_mask(data.labels_N)  # it is scored on some
    judge = _untrained(data)
    try:
        load_judge(judge, path)
    except UnfitError as error:
        raise GanlabError(
            f"judge.weights: '{path}' does not fit: {error}; give the safetensors file of a judge of "
            f"{data.image_shape[0]} channels and {len(data.class_counts or ())} classes, or none to train one"
        ) from error
    return judge


def _cached(data: ImageData, path: Path) -> Judge | None:
    """The judge of a cached file; None, with a warning, if the file is corrupt, and None if there is no file."""
    if not os.path.isfile(path):  # no error where it cannot even be looked for
        return None
    judge = _untrained(data)
    try:
        accuracy = load_judge(judge, path)
    except UnfitError as error:
        _log.warning("the cached judge '%s' is corrupt and trained anew: %s", path, error)
        return None
    judge.accuracy = _accuracy(judge, data) if accuracy is None else accuracy
    return judge.eval()


def _trained(data: ImageData, device: torch.device) -> Judge:
    _log.info("training a judge on the %d labelled images of %s, once", len(data), data.name)
    judge = _untrained(data).to(device)
    with torch.enable_grad():
        train_classifier(judge, data)
    judge.accuracy = _accuracy(judge, data)
    return judge


def _untrained(data: ImageData) -> Judge:
    with torch.random.fork_rng(devices=[]):
        # Not `torch.manual_seed`, which reseeds the accelerators' generators too.
        torch.default_generator.manual_seed(derived_seed(0, "judge", "parameters"))
        return Judge(channels=data.image_shape[0], classes=len(data.class_counts or ()))


def _accuracy(judge: Judge, data: ImageData) -> float:
    """Share of the held-out images that the judge labels rightly."""
    assert data.labels_N is not None
    held_out_N = held_out_mask(data.labels_N)
    labels_M = data.labels_N[held_out_N]
    batches = torch.split(data.images_NCHW[held_out_N], IMAGES_AT_ONCE)
    said_M = torch.cat([judge.label(to_unit_range(batch_NCHW)) for batch_NCHW in batches])
    return (said_M == labels_M).float().mean().item()
