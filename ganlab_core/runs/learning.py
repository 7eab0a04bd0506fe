"""What learning goes on from beside the weights, as a checkpoint stores it: tensors by name, and what is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import FiniteFloat
from torch import Tensor

RNG, CUDA_RNG = "rng", "cuda_rng"


@dataclass(frozen=True)
class OptimiserRecord:
    """What an optimiser has that is no tensor.

    Attributes:
        kind: its class in `torch.optim`.
        groups: the settings of its groups of parameters, and in `params` which of its parameters are in each.
        numbers: what it keeps of a parameter, by the parameter's number and a name.
    """

    kind: str
    groups: list[dict[str, Any]]
    numbers: dict[str, dict[str, FiniteFloat | int | bool | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Learning:
    """Tensors, and what is none.

    Attributes:
        tensors: of optimisers as `PLAYER.PARAMETER.NAME`, of random states as `rng` and `cuda_rng.DEVICE`.
        optimisers: by their player.
        skips: how many steps in a row were left out, and which was the last of them.
    """

    tensors: Mapping[str, Tensor]
    optimisers: Mapping[str, OptimiserRecord]
    skips: Mapping[str, int] = field(default_factory=dict)


def record_learning(
    state_dicts: Mapping[Any, Mapping[str, Any]],
    *,
    kinds: Mapping[Any, str],
    rng: Tensor,
    cuda_rng: Sequence[Tensor],
    skips: Mapping[str, int] | None = None,
) -> Learning:
    """Sort what optimisers give into tensors and the rest.

    Args:
        state_dicts: of each player's optimiser.
        kinds: its class in `torch.optim`.
        rng: the state of the CPU's global generator.
        cuda_rng: those of the CUDA devices' generators.
        skips: as `Learning` has it.
    """
    tensors = {RNG: rng} | {f"{CUDA_RNG}.{number}": state for number, state in enumerate(cuda_rng)}
    records = {}
    for name, state_dict in state_dicts.items():
        numbers: dict[str, dict[str, Any]] = {}
        for index, kept in state_dict["state"].items():
            for key, value in kept.items():
                if isinstance(value, Tensor):
                    tensors[f"{name}.{index}.{key}"] = value
                else:
                    numbers.setdefault(str(index), {})[key] = value
        records[name] = OptimiserRecord(kinds[name], state_dict["param_groups"], numbers)
    return Learning(tensors, records, skips or {})
