"""Features on disk: safetensors, with a key for each image and a checksum as metadata."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlab_core.system.atomic import write_whole

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
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in ("keys", "features")}
    except (OSError, SafetensorError) as error:
        raise UnfitError(str(error)) from error
    kept = Kept(tensors["keys"], tensors["features"])
    if not _are_keys(kept.keys_NB):
        raise UnfitError(f"its keys are {kept.keys_NB.dtype} of {tuple(kept.keys_NB.shape)}, not 32 bytes an image")
    wanted = ((len(kept.keys_NB), width), torch.float32)
    if (tuple(kept.features_ND.shape), kept.features_ND.dtype) != wanted:
        raise UnfitError(f"it holds {kept.features_ND.dtype} of {tuple(kept.features_ND.shape)}, not {wanted[0]}")
    if metadata.get("sha256") != _digest(**tensors):
        raise UnfitError("its numbers do not match their checksum")
    if not torch.isfinite(kept.features_ND).all():
        raise UnfitError("its numbers are not finite")
    return kept


def load_keys(path: Path) -> Tensor:
    """The keys `(N, 32)` alone, without a look at their checksum; none of a file that holds no such."""
    none_NB = torch.empty(0, _KEY_BYTES, dtype=torch.uint8)
    try:
        with safe_open(path, framework="pt") as file:
            keys_NB: Tensor = file.get_tensor("keys")
    except (OSError, SafetensorError):
        return none_NB
    return keys_NB if _are_keys(keys_NB) else none_NB


def _are_keys(keys_NB: Tensor) -> bool:
    return keys_NB.dtype == torch.uint8 and keys_NB.dim() == 2 and keys_NB.shape[1] == _KEY_BYTES


def _digest(keys: Tensor, features: Tensor) -> str:
    digest = hashlib.sha256(keys.numpy().data)
    digest.update(features.numpy().data)
    return digest.hexdigest()
