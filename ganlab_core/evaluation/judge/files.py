"""A judge's parameters on disk: safetensors, with its accuracy and a checksum of the parameters as metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.location import looked_for
from ganlab_core.system.atomic import write_whole

_BLOCK = 1 << 20


class UnfitError(Exception):
    """Why a file does not hold the parameters that a judge needs."""


def save_judge(judge: nn.Module, path: Path, *, accuracy: float) -> None:
    """Write parameters and accuracy; no reader meets half a file. Raises OSError."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in judge.state_dict().items()}
    write_whole(path, save(state, metadata={"accuracy": repr(accuracy), "sha256": _digest(state)}))


def weights_hash(weights: str | None) -> str | None:
    """The SHA-256 of a judge's weights file; None where none is named.

    Raises:
        GanlabError: there is no such file.
    """
    if weights is None:
        return None
    path = Path(weights).expanduser()
    if not path.is_file():
        raise GanlabError(
            f"judge.weights: there is no file {looked_for(path)}; give the safetensors file of a judge, or none to "
            "train one"
        )
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def load_judge(judge: nn.Module, path: Path) -> float | None:
    """Read parameters into a judge; the accuracy that the file gives, None if it gives none.

    Raises:
        UnfitError: no safetensors file, other names or shapes, parameters that are not finite, or a wrong checksum.
            The judge is then left as it was.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            state: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        accuracy = float(metadata["accuracy"]) if "accuracy" in metadata else None
    except (OSError, SafetensorError, ValueError) as error:
        raise UnfitError(str(error)) from error
    _check(state, judge.state_dict(), metadata.get("sha256"))
    judge.load_state_dict(state)
    return accuracy


def _check(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], sha256: str | None) -> None:
    odd = sorted(state.keys() ^ wanted.keys())
    if odd:
        raise UnfitError(f"it lacks, or has too much: {', '.join(odd[:4])}")
    for name, tensor in state.items():
        if tensor.shape != wanted[name].shape:
            raise UnfitError(f"{name} is {tuple(tensor.shape)} there and must be {tuple(wanted[name].shape)}")
        if not torch.isfinite(tensor).all():
            raise UnfitError(f"{name} is not finite")
    if sha256 is not None and sha256 != _digest(state):
        raise UnfitError("its parameters do not match their checksum")


def _digest(state: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()
