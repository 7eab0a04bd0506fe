"""Features on disk: safetensors, with a key for each image and a checksum as metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlab_core.system.atomic import write_whole
from ganlab_core.system.tensor_files import Header, Stored, TensorFileError, read_header, read_tensors

_KEY_BYTES = 32  # of SHA-256


class UnfitError(Exception):
    """Why a file does not hold the features that are looked for."""


@dataclass(frozen=True)
class Kept:
    """Features `(N, D)` float32 of N images, and `(N, 32)` uint8 that tell which images they are of."""

    keys_NB: Tensor
    features_ND: Tensor


def save_features(kept: Kept, path: Path) -> None:
    """Write features; no reader meets half a file. Raises OSError."""
    tensors = {"keys": kept.keys_NB.contiguous(), "features": kept.features_ND.contiguous()}
    write_whole(path, save(tensors, metadata={"sha256": _digest(**tensors)}))


def load_features(path: Path, *, width: int) -> Kept:
    """Read features of this width.

    Raises:
        UnfitError: no safetensors file, another shape, numbers that are not finite, or a wrong checksum.
    """
    try:
        header = read_header(path)
        _require_features(header, width=width)
        tensors = read_tensors(path)
    except TensorFileError as error:
        raise UnfitError(str(error)) from error
    kept = Kept(tensors["keys"], tensors["features"])
    if header.about.get("sha256") != _digest(**tensors):
        raise UnfitError("its numbers do not match their checksum")
    if not torch.isfinite(kept.features_ND).all():
        raise UnfitError("its numbers are not finite")
    return kept


def load_keys(path: Path) -> Tensor:
    """The keys `(N, 32)` alone, without a look at their checksum; none of a file that holds no such."""
    none_NB = torch.empty(0, _KEY_BYTES, dtype=torch.uint8)
    try:
        _require_keys(read_header(path).tensors)
        with safe_open(path, framework="pt") as file:
            keys_NB: Tensor = file.get_tensor("keys")
    except (OSError, SafetensorError, TensorFileError, UnfitError):
        return none_NB
    return keys_NB


def _require_features(header: Header, *, width: int) -> None:
    """Raises UnfitError where a file says that it holds anything else."""
    keys, features = _require_keys(header.tensors), header.tensors.get("features")
    if features is None or features.dtype != "F32" or features.shape != (keys.shape[0], width):
        said = "nothing" if features is None else f"{features.dtype} of {features.shape}"
        raise UnfitError(f"it holds {said}, not {keys.shape[0]} times {width} numbers")


def _require_keys(tensors: Mapping[str, Stored]) -> Stored:
    keys = tensors.get("keys")
    if keys is None or keys.dtype != "U8" or len(keys.shape) != 2 or keys.shape[1] != _KEY_BYTES:
        said = "none" if keys is None else f"{keys.dtype} of {keys.shape}"
        raise UnfitError(f"its keys are {said}, not {_KEY_BYTES} bytes an image")
    return keys


def _digest(keys: Tensor, features: Tensor) -> str:
    digest = hashlib.sha256(keys.numpy().data)
    digest.update(features.numpy().data)
    return digest.hexdigest()
