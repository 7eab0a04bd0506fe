"""What tells one image from another, and one network from another: SHA-256 of all that decides the features."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ganlab_core.image_files.fit import Manner
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureNetwork
from ganlab_core.system.regular_files import open_regular

_VERSION = "v1"  # of how images are brought to a network: a change of it must not meet features of before
_BLOCK = 1 << 20
_USUAL = ((None, None), ((0.0, 65535.0), None))  # as files were read before tones were looked for


def network_key(network: FeatureNetwork, manner: Manner) -> str:
    """Of the network, and of how files are read for it."""
    tones = manner.tones
    is_usual = (tones.integers, tones.floats) in _USUAL and tones.ground != "black"
    read = f"{manner.framing}" if is_usual else f"{manner.framing} {tones}"
    return hashlib.sha256(f"{_VERSION} {network.identity} {read}".encode()).hexdigest()


def image_keys(images_NCHW: Tensor, paths: Sequence[Path]) -> Tensor:
    """A key an image, `(N, 32)` uint8: of its file's bytes, or else of its shape and pixels.

    Raises:
        GanlabError: a file cannot be read any more.
    """
    keys = [_of_file(path) for path in paths] if paths else [_of_pixels(image_CHW) for image_CHW in images_NCHW]
    return torch.frombuffer(bytearray(b"".join(keys)), dtype=torch.uint8).view(len(keys), -1)


def collection_key(keys_NB: Tensor) -> str:
    """Of images in their order."""
    return hashlib.sha256(keys_NB.contiguous().numpy().data).hexdigest()


def _of_pixels(image_CHW: Tensor) -> bytes:
    digest = hashlib.sha256(repr(tuple(image_CHW.shape)).encode())
    digest.update(image_CHW.contiguous().numpy().data)
    return digest.digest()


def _of_file(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with open_regular(path, follow=True) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise GanlabError(f"features: '{path}' cannot be read any more ({error.strerror}); bring it back") from error
    return digest.digest()
