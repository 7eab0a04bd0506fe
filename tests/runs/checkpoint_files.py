"""Damage to a checkpoint that its checksums do not tell: the manifest is made again to fit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save_file

FILES = ("weights.safetensors", "optimisers.pt", "state.json")


def make_manifest_fit(checkpoint: Path) -> None:
    """Write the manifest of the files as they are."""
    sums = {name: hashlib.sha256((checkpoint / name).read_bytes()).hexdigest() for name in FILES}
    (checkpoint / "manifest.json").write_text(json.dumps(sums))


def read_tensors(checkpoint: Path) -> dict[str, torch.Tensor]:
    """The tensors of `optimisers.pt`, which may then be written anew: what is mapped into the memory may not."""
    return load((checkpoint / "optimisers.pt").read_bytes())


def optimiser_of(checkpoint: Path, player: str) -> dict[str, Any]:
    """A player's optimiser in a checkpoint: its `kind`, its `groups`, and the names of what it keeps of a parameter."""
    record: dict[str, Any] = json.loads((checkpoint / "state.json").read_text())["optimisers"][player]
    names = {name.rpartition(".")[2] for name in read_tensors(checkpoint) if name.startswith(player)}
    return record | {"names": names}


def put_other_random_state(checkpoint: Path) -> None:
    """Give a checkpoint the random state of another seed, as one would have that kept none."""
    tensors = read_tensors(checkpoint)
    save_file(tensors | {"rng": torch.Generator().manual_seed(12345).get_state()}, checkpoint / "optimisers.pt")
    make_manifest_fit(checkpoint)


def put_earlier_optimisers(checkpoint: Path) -> None:
    """Make of a checkpoint what version 0.1.0 would have written of the same step: its optimisers in a pickle."""
    state = json.loads((checkpoint / "state.json").read_text())
    tensors = read_tensors(checkpoint)
    earlier: dict[str, Any] = {"optimisers": {}, "kinds": {}, "rng": tensors.pop("rng"), "cuda_rng": []}
    for player, record in state.pop("optimisers").items():
        kept: dict[int, dict[str, torch.Tensor]] = {}
        for name in (name for name in tensors if name.startswith(f"{player}.")):
            _, index, key = name.split(".")
            kept.setdefault(int(index), {})[key] = tensors[name]
        earlier["optimisers"][player] = {"state": kept, "param_groups": record["groups"]}
        earlier["kinds"][player] = record["kind"]
    del state["parts"]
    (checkpoint / "state.json").write_text(json.dumps(state))
    torch.save(earlier, checkpoint / "optimisers.pt")
    make_manifest_fit(checkpoint)


def number_checkpoint(checkpoint: Path, number: int) -> None:
    """Make a checkpoint that of another step."""
    state = json.loads((checkpoint / "state.json").read_text())
    (checkpoint / "state.json").write_text(json.dumps(state | {"number": number}))
    make_manifest_fit(checkpoint)
