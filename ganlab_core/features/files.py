"""Features on disk: safetensors, with a checksum as metadata."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlab_core.system.atomic import write_whole

_NAME = "features"


class UnfitError(Exception):
    """Why a file does not hold the features that are looked for."""


def save_features(features_ND: Tensor, path: Path) -> None:
    """Write features; no reader meets half a file. Raises OSError."""
    features_ND = features_ND.contiguous()
    write_whole(path, save({_NAME: features_ND}, metadata={"sha256": _digest(features_ND)}))


def load_features(path: Path, *, shape: tuple[int, int]) -> Tensor:
    """Read features `(N, D)` float32.

    Raises:
        UnfitError: no safetensors file, another shape, numbers that are not finite, or a wrong checksum.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            features_ND: Tensor = file.get_tensor(_NAME)
    except (OSError, SafetensorError) as error:
        raise UnfitError(str(error)) from error
    if (tuple(features_ND.shape), features_ND.dtype) != (shape, torch.float32):
        raise UnfitError(f"it holds {features_ND.dtype} of {tuple(features_ND.shape)}, and {shape} are looked for")
    if not torch.isfinite(features_ND).all():
        raise UnfitError("its numbers are not finite")
    if metadata.get("sha256") != _digest(features_ND):
        raise UnfitError("its numbers do not match their checksum")
    return features_ND


def _digest(features_ND: Tensor) -> str:
    return hashlib.sha256(features_ND.numpy().data).hexdigest()
