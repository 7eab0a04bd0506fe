"""A judge's parameters on disk: safetensors, with its accuracy and a checksum of the parameters as metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.location import looked_for
from ganlab_core.interface.user_path import user_path
from ganlab_core.system.atomic import write_whole
from ganlab_core.system.regular_files import open_regular
from ganlab_core.system.tensor_files import TensorFileError, difference, read_header, read_tensors

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
    path = user_path(weights)
    if not path.is_file():
        raise GanlabError(
            f"judge.weights: there is no file {looked_for(path)}; give the safetensors file of a judge, or none to "
            "train one"
        )
    digest = hashlib.sha256()
    with open_regular(path, follow=True) as stream:
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
        header = read_header(path, follow=True)
        if (reason := difference(header, judge.state_dict())) is not None:
            raise UnfitError(reason)
        accuracy = float(header.about["accuracy"]) if "accuracy" in header.about else None
        state = read_tensors(path, follow=True)
    except TensorFileError as error:
        raise UnfitError(str(error)) from error
    except ValueError as error:  # whose text may quote the file
        raise UnfitError("it is no safetensors file of a judge") from error
    _check(state, header.about.get("sha256"))
    judge.load_state_dict(state)
    return accuracy


def _check(state: Mapping[str, Tensor], sha256: str | None) -> None:
    for name, tensor in state.items():
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
