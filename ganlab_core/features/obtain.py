"""The features of a collection: from the cache, or computed now and kept there."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core.features.embed import Watch, embed_pictures
from ganlab_core.features.files import UnfitError, load_features, save_features
from ganlab_core.image_files.fit import Framing
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureNetwork
from ganlab_core.interface.image_data import ImageData
from ganlab_core.system.cache_folder import default_cache

_VERSION = "v1"  # of how images are brought to a network: a change of it must not meet files of before
_BLOCK = 1 << 20
_log = logging.getLogger(__name__)


def obtain_features(
    network: FeatureNetwork,
    data: ImageData,
    *,
    framing: Framing,
    device: torch.device,
    cache: Path | None = None,
    watch: Watch = lambda done: None,
) -> Tensor:
    """Features `(N, D)` float32 of a collection, on the CPU.

    They are cached under what goes in, the bytes of the files or else the pixels, and the network's identity.

    Args:
        network: a feature network that lies on `device`.
        framing: how files are read.
        cache: folder of cached features; `$GANLAB_CACHE`, or `ganlab` in the user's cache folder, if None.
        watch: told the number of images that are done, where they are not cached.

    Raises:
        GanlabError: what `embed_pictures` raises.
    """
    path = features_path(network, data, framing=framing, cache=cache)
    known_ND = cached_features(network, data, path)
    if known_ND is not None:
        return known_ND
    features_ND = embed_pictures(network, data.images_NCHW, data.paths, framing=framing, device=device, watch=watch)
    try:
        save_features(features_ND, path)
    except OSError as error:
        _log.warning("the features are not cached, since '%s' cannot be written: %s", path, error)
    return features_ND


def cached_features(network: FeatureNetwork, data: ImageData, path: Path) -> Tensor | None:
    """What a file of the cache holds; None, with a warning, if it is corrupt, and None if there is no file."""
    if not path.is_file():
        return None
    try:
        return load_features(path, shape=(len(data), network.width))
    except UnfitError as error:
        _log.warning("the cached features '%s' are corrupt and computed anew: %s", path, error)
        return None


def features_path(network: FeatureNetwork, data: ImageData, *, framing: Framing, cache: Path | None = None) -> Path:
    """Where the features of a collection are cached.

    Raises:
        GanlabError: a file of the collection cannot be read any more.
    """
    digest = hashlib.sha256(f"{_VERSION} {network.identity}".encode())
    if data.paths:
        digest.update(repr(framing).encode())
        for file in data.paths:
            digest.update(_hash_of_file(file))
    else:
        digest.update(repr(tuple(data.images_NCHW.shape)).encode())
        digest.update(data.images_NCHW.contiguous().numpy().data)
    return (cache or default_cache()) / "features" / f"{digest.hexdigest()}.safetensors"


def _hash_of_file(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise GanlabError(f"features: '{path}' cannot be read any more ({error.strerror}); bring it back") from error
    return digest.digest()
