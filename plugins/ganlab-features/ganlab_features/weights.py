"""Weights from a file that the user gives, or that a package carries: hashed, read without running code, and fitted."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ganlab_core import GanlabError, read_torch_file, shell_command

_BLOCK = 1 << 20
_NESTED = ("state_dict", "model", "model_state_dict")
_SHOWN = 4


@dataclass(frozen=True)
class Weights:
    """Tensors by name, and the SHA-256 of the file that holds them."""

    path: Path
    tensors: Mapping[str, Tensor]
    sha256: str


def read_weights(path: Path, *, sha256: str | None = None) -> Weights:
    """Read a state dict from a `.safetensors` file, or from one of `torch.save` such as `.pth`, read as data.

    Args:
        path: the file.
        sha256: what the file's hash is to be; not asked if None.

    Raises:
        GanlabError: there is no such file, its hash is another one, or it holds more than a state dict.
    """
    if not path.is_file():
        raise GanlabError(f"there is no file '{path}'; nothing is downloaded, so name a file that is here")
    found = _hash(path)
    if sha256 is not None and sha256.lower() != found:
        raise GanlabError(
            f"'{path}' has the SHA-256 {found}, and {sha256} was asked for; it is another file, or damaged"
        )
    return Weights(path, _read(path), found)


def fit(network: nn.Module, weights: Weights, *, head: tuple[str, ...] = ()) -> None:
    """Put weights into a network, all of which must be there.

    Args:
        network: takes them under their names.
        weights: what a file holds.
        head: beginnings of names of layers that the file may have and the network not: its last layers.

    Raises:
        GanlabError: names or shapes that differ; a few of them are named.
    """
    wanted = network.state_dict()
    tensors = {name: tensor for name, tensor in weights.tensors.items() if name in wanted or not name.startswith(head)}
    lacking = [name for name in wanted if name not in tensors and not name.endswith("num_batches_tracked")]
    foreign = [name for name in tensors if name not in wanted]
    other = [name for name in tensors if name in wanted and tensors[name].shape != wanted[name].shape]
    if wrong := [f"{what} {_few(names)}" for what, names in _differences(lacking, foreign, other) if names]:
        raise GanlabError(
            f"'{weights.path}' does not fit the network: {'; '.join(wrong)}; give weights of this network"
        )
    network.load_state_dict(tensors, strict=False)


def in_package(package: str, file: str) -> Path:
    """A file of an installed package, which is not imported.

    Raises:
        GanlabError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        install = shell_command("pip", "install", package.replace("_", "-"))
        raise GanlabError(f"the package {package} is not installed; `{install}`")
    return Path(folders[0], file)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with path.open("rb") as stream:
            held = read_torch_file(stream)
    except (SafetensorError, OSError, ValueError) as error:
        raise GanlabError(
            f"'{path}' is not read ({_reason(error)}); give a .safetensors file, or a .pth of a state dict alone: save "
            "its `state_dict()` with `safetensors.torch.save_file` where it was made"
        ) from error
    return _state_dict(held, path)


def _reason(error: Exception) -> str:
    """Why a file is not read; what safetensors says may quote it."""
    if isinstance(error, SafetensorError):
        return "it is no safetensors file"
    return (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]


def _state_dict(held: object, path: Path) -> Mapping[str, Tensor]:
    for key in _NESTED:
        if isinstance(held, Mapping) and isinstance(held.get(key), Mapping):
            held = held[key]
    if not isinstance(held, Mapping) or not held or not all(isinstance(one, Tensor) for one in held.values()):
        raise GanlabError(f"'{path}' holds no state dict, which is tensors by name; give one, best as .safetensors")
    return held


def _differences(lacking: list[str], foreign: list[str], other: list[str]) -> tuple[tuple[str, list[str]], ...]:
    return ("it lacks", lacking), ("it has beyond that", foreign), ("of other shapes are", other)


def _few(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
