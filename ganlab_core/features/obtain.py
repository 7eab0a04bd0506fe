"""Features of images, each of which is looked at once: from the cache, or by asking the network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core.features.embed import Watch, embed_pictures
from ganlab_core.features.files import Kept, save_features
from ganlab_core.features.keys import collection_key, image_keys, network_key
from ganlab_core.features.known import KnownFeatures
from ganlab_core.image_files.fit import Manner
from ganlab_core.interface.features import FeatureNetwork
from ganlab_core.interface.image_data import ImageData
from ganlab_core.system.cache_folder import default_cache

_log = logging.getLogger(__name__)


class FeatureReader:
    """Gives images their features: those that the cache has, and else what the network says of them.

    Args:
        network: a feature network that lies on `device`.
        manner: how files are read.
        cache: folder of cached features; `$GANLAB_CACHE`, or `ganlab` in the user's cache folder, if None.
    """

    def __init__(
        self, network: FeatureNetwork, *, manner: Manner, device: torch.device, cache: Path | None = None
    ) -> None:
        self._network = network
        self._manner = manner
        self._device = device
        self._folder = (cache or default_cache()) / "features" / network_key(network, manner)
        self._known = KnownFeatures(self._folder, width=network.width)

    def __call__(self, images_NCHW: Tensor, paths: Sequence[Path]) -> Tensor:
        """Features `(N, D)` float32, on the CPU, of images of which each may have a file; nothing new is cached.

        Raises:
            GanlabError: what `embed_pictures` raises.
        """
        return self._read(image_keys(images_NCHW, paths), images_NCHW, paths, lambda done: None)

    def collection(self, data: ImageData, *, watch: Watch = lambda done: None) -> Tensor:
        """Features `(N, D)` float32 of a whole collection, on the CPU, which are cached.

        Args:
            watch: told the number of images that are done, where they are not cached.

        Raises:
            GanlabError: what `embed_pictures` raises.
        """
        keys_NB = image_keys(data.images_NCHW, data.paths)
        path = self._folder / f"{collection_key(keys_NB)}.safetensors"
        if (kept := self._known.kept_in(path)) is not None and torch.equal(kept.keys_NB, keys_NB):
            return kept.features_ND
        features_ND = self._read(keys_NB, data.images_NCHW, data.paths, watch)
        try:
            save_features(Kept(keys_NB, features_ND), path)
        except OSError as error:
            _log.warning("the features are not cached, since '%s' cannot be written: %s", path, error)
        return features_ND

    def _read(self, keys_NB: Tensor, images_NCHW: Tensor, paths: Sequence[Path], watch: Watch) -> Tensor:
        known = self._known.of(keys_NB)
        unknown = [place for place in range(len(keys_NB)) if place not in known]
        features_ND = torch.empty(len(keys_NB), self._network.width)
        for place, features_D in known.items():
            features_ND[place] = features_D
        if unknown:
            features_ND[unknown] = embed_pictures(
                self._network,
                images_NCHW[unknown],
                [paths[place] for place in unknown] if paths else (),
                manner=self._manner,
                device=self._device,
                watch=lambda done: watch(len(known) + done),
            )
        return features_ND
