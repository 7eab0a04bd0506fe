"""Files of weights: read without running anything, checked by their hash, and told apart where they do not fit."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from ganlab_features.weights import fit, read_weights
from safetensors.torch import save_file
from torch import nn

from ganlab_core import GanlabError

LAYER = {"weight": torch.ones(2, 3), "bias": torch.zeros(2)}


class _RunsCode:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.trace,)  # type: ignore[return-value]


def test_a_pickle_that_would_run_code_is_refused_and_does_not(tmp_path: Path) -> None:
    path, trace = tmp_path / "weights.pth", tmp_path / "was-run"
    torch.save({"weight": _RunsCode(trace)}, path)
    with pytest.raises(
        GanlabError, match=r"weights\.pth' is not read \(it holds more than tensors and plain .*safetensors"
    ):
        read_weights(path)
    path.write_bytes(pickle.dumps(_RunsCode(trace)))
    with pytest.raises(GanlabError, match=r"weights\.pth' is not read"):
        read_weights(path)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth", "weights.bin"])
def test_safetensors_and_pickled_state_dicts_are_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    save_file(LAYER, path) if path.suffix == ".safetensors" else torch.save(LAYER, path)
    found = read_weights(path)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    layer = nn.Linear(3, 2)
    fit(layer, found)
    assert torch.equal(layer.weight, LAYER["weight"])


@pytest.mark.parametrize("key", ["state_dict", "model"])
def test_a_state_dict_within_a_checkpoint_is_found(key: str, tmp_path: Path) -> None:
    torch.save({key: LAYER, "epoch": 3}, tmp_path / "checkpoint.pth")
    assert set(read_weights(tmp_path / "checkpoint.pth").tensors) == set(LAYER)


def test_the_hash_that_is_asked_for_must_be_the_files(tmp_path: Path) -> None:
    save_file(LAYER, tmp_path / "weights.safetensors")
    found = read_weights(tmp_path / "weights.safetensors").sha256
    assert read_weights(tmp_path / "weights.safetensors", sha256=found.upper()).sha256 == found
    with pytest.raises(GanlabError, match=rf"has the SHA-256 {found}, and {'0' * 64} was asked for"):
        read_weights(tmp_path / "weights.safetensors", sha256="0" * 64)


@pytest.mark.parametrize(
    ("name", "content"),
    [("weights.safetensors", b"no"), ("weights.pth", b"no"), ("weights.pth", b""), ("weights.safetensors", b"")],
)
def test_what_holds_no_weights_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GanlabError, match=rf"{name}' is not read \(.+\); give a \.safetensors file"):
        read_weights(tmp_path / name)


def test_a_file_that_is_not_there_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"there is no file '.*gone\.pth'; nothing is downloaded"):
        read_weights(tmp_path / "gone.pth")


def test_a_list_is_no_state_dict(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(GanlabError, match="holds no state dict"):
        read_weights(tmp_path / "list.pth")


def test_a_few_of_the_names_that_differ_are_said(tmp_path: Path) -> None:
    tensors = {"bias": torch.zeros(5), **{f"other.{number}": torch.zeros(1) for number in range(9)}}
    save_file(tensors, tmp_path / "weights.safetensors")
    found = read_weights(tmp_path / "weights.safetensors")
    said = (
        r"does not fit the network: it lacks weight; it has beyond that other\.0, .* and 5 more; of other shapes are b"
    )
    with pytest.raises(GanlabError, match=said):
        fit(nn.Linear(3, 2), found)


def test_last_layers_may_be_there(tmp_path: Path) -> None:
    save_file(LAYER | {"head.weight": torch.zeros(1)}, tmp_path / "weights.safetensors")
    layer = nn.Linear(3, 2)
    fit(layer, read_weights(tmp_path / "weights.safetensors"), head=("head.",))
    assert all(torch.equal(value, LAYER[name]) for name, value in layer.state_dict().items())
