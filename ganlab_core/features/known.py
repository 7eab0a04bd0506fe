"""Features that the cache holds of single images, whichever collections they were kept with."""

from __future__ import annotations

import logging
import os
from functools import cached_property
from pathlib import Path

from torch import Tensor

from ganlab_core.features.files import Kept, UnfitError, load_features, load_keys

_log = logging.getLogger(__name__)


class KnownFeatures:
    """What the files of a folder hold, all of one network; those that hold an image asked for are read, and kept.

    Args:
        folder: of one network's features; it may be missing.
        width: how many numbers the network gives.
    """

    def __init__(self, folder: Path, *, width: int) -> None:
        self._folder = folder
        self._width = width
        self._read: dict[Path, Kept | None] = {}

    def kept_in(self, path: Path) -> Kept | None:
        """What one file holds; None, with a warning, if it is corrupt, and None if there is no file."""
        if path not in self._read and os.path.isfile(path):  # no error where it cannot even be looked for
            self._read[path] = self._loaded(path)
        return self._read.get(path)

    def of(self, keys_NB: Tensor) -> dict[int, Tensor]:
        """The features `(D,)` of those images that are known, by their places."""
        found: dict[int, Tensor] = {}
        for place, key_B in enumerate(keys_NB):
            path, row = self._rows.get(key_B.numpy().tobytes(), (None, 0))
            if path is not None and (kept := self.kept_in(path)) is not None:
                found[place] = kept.features_ND[row]
        return found

    @cached_property
    def _rows(self) -> dict[bytes, tuple[Path, int]]:
        """Which file holds an image, and in which row."""
        found: dict[bytes, tuple[Path, int]] = {}
        for path in sorted(self._folder.glob("*.safetensors")):
            for row, key_B in enumerate(load_keys(path)):
                found[key_B.numpy().tobytes()] = (path, row)
        return found

    def _loaded(self, path: Path) -> Kept | None:
        try:
            return load_features(path, width=self._width)
        except UnfitError as error:
            _log.warning("the cached features '%s' are corrupt and computed anew: %s", path, error)
            return None
