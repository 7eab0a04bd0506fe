"""What learning goes on from beside the weights: optimisers, and the global random states for parts that use them.

Tensors lie in a safetensors file and all else in JSON, so that nothing of a checkpoint can run; what a tensor may be is
asked of the file's header before any is read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.step import Phase
from ganlab_core.runs.checkpoint_files import OPTIMISERS, State, read_state
from ganlab_core.runs.learning import CUDA_RNG, RNG, Learning, OptimiserRecord, record_learning
from ganlab_core.system.random_states import restore_random_states
from ganlab_core.system.regular_files import open_regular
from ganlab_core.system.tensor_files import TensorFileError, read_header, read_tensors
from ganlab_core.system.torch_file import is_torch_file
from ganlab_core.training.earlier_learning import read_earlier
from ganlab_core.training.nonfinite import Skips
from ganlab_core.training.players import PlayerState

_MOST_NUMBERS = 8  # of eight bytes each that an optimiser keeps beside a parameter's number; none of torch's keeps four
_MOST_ELSE = 4 << 20  # the header, and the random states of some hundred devices
log = logging.getLogger(__name__)


def learning_state(players: Mapping[Phase, PlayerState], *, skips: Skips | None = None) -> Learning:
    """The global RNG is kept for third-party parts that use it, such as dropout; ganlab's own draws need no state."""
    return record_learning(
        {name: player.optimiser.state_dict() for name, player in players.items()},
        kinds={name: type(player.optimiser).__name__ for name, player in players.items()},
        skips={} if skips is None else skips.state_dict(),
        rng=torch.get_rng_state(),
        cuda_rng=torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    )


def load_learning_state(
    checkpoint: Path,
    players: Mapping[Phase, PlayerState],
    *,
    learning_rate_scale: float = 1.0,
    skips: Skips | None = None,
) -> None:
    """Put a checkpoint's optimisers and the global random states back; settings such as rates stay the recipe's.

    An optimiser of another kind than the checkpoint's, as a fork may ask for, begins anew; a warning says so. Another
    one says that the checkpoint is of an earlier ganlab, which had a pickle there: its tensors are read as data.

    Args:
        learning_rate_scale: what the recipe's learning rates are multiplied with.
        skips: what counts the steps that were left out in a row; it goes on counting.

    Raises:
        GanlabError: the file is not what a checkpoint of this recipe holds; nothing in it was run.
    """
    try:
        state = read_state(checkpoint)
        learning = _read(checkpoint / OPTIMISERS, state, players)
        for name, player in players.items():
            record = learning.optimisers[name]
            if record.kind == type(player.optimiser).__name__:
                prefix = f"{name}."
                tensors = {key.removeprefix(prefix): t for key, t in learning.tensors.items() if key.startswith(prefix)}
                _restore(player, record, tensors)
            else:
                log.warning("players.%s: its optimiser begins anew, since the checkpoint's is %s", name, record.kind)
            for group in player.optimiser.param_groups:
                group["lr"] *= learning_rate_scale
        if skips is not None:
            skips.load_state_dict(learning.skips)
        _restore_generators(learning.tensors)
        restore_random_states(state.random)
    except (
        RuntimeError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        OSError,
        TensorFileError,
    ) as error:
        raise GanlabError(f"checkpoint {checkpoint} does not fit its recipe: {error}") from error


def _restore_generators(tensors: Mapping[str, Tensor]) -> None:
    torch.set_rng_state(tensors[RNG])
    states = [state for name, state in tensors.items() if name.startswith(f"{CUDA_RNG}.")]
    if torch.cuda.is_available() and len(states) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([tensors[f"{CUDA_RNG}.{number}"] for number in range(len(states))])


def _restore(player: PlayerState, record: OptimiserRecord, tensors: Mapping[str, Tensor]) -> None:
    """An optimiser's moments from a checkpoint, its settings from the recipe."""
    owned = _owned(player)
    state: dict[int, dict[str, Any]] = {int(index): dict(kept) for index, kept in record.numbers.items()}
    for name, value in tensors.items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = _laid_as(owned[int(index)], value)
    if beyond := state.keys() - set(range(len(owned))):
        raise ValueError(f"{player.name} has no parameter {min(beyond)}")
    settings = [
        {key: value for key, value in group.items() if key != "params"} for group in player.optimiser.param_groups
    ]
    groups = [{"params": kept["params"], **own} for kept, own in zip(record.groups, settings, strict=True)]
    player.optimiser.load_state_dict({"state": state, "param_groups": groups})


def _laid_as(parameter: nn.Parameter, value: Tensor) -> Tensor:
    """A moment in the memory format of its parameter, which the fastest kernels ask for."""
    return torch.empty_like(parameter, dtype=value.dtype, device="cpu").copy_(value) if value.ndim else value


def _owned(player: PlayerState) -> list[nn.Parameter]:
    return [parameter for group in player.optimiser.param_groups for parameter in group["params"]]


def _read(file: Path, state: State, players: Mapping[Phase, PlayerState]) -> Learning:
    with open_regular(file) as stream:
        _require_size(file, players)
        head = stream.read(8)
        if is_torch_file(head):
            learning = read_earlier(stream)
            log.warning(
                "checkpoint %s has its optimisers in a pickle, as earlier versions wrote them; it was read as data, "
                "and nothing in it was run. The next checkpoint has none",
                file.parent,
            )
            _require_shapes({name: tuple(value.shape) for name, value in learning.tensors.items()}, players)
            return learning
    _require_shapes({name: stored.shape for name, stored in read_header(file).tensors.items()}, players)
    return Learning(read_tensors(file), state.optimisers, state.skips)


def _require_size(file: Path, players: Mapping[Phase, PlayerState]) -> None:
    """Before anything of a file is taken in: so much no optimiser of these parameters keeps."""
    count = sum(parameter.numel() for player in players.values() for parameter in player.parameters.values())
    if (size := file.stat().st_size) > 8 * _MOST_NUMBERS * count + _MOST_ELSE:
        raise ValueError(f"{file.name} has {size:,} bytes, which is more than its optimisers keep")


def _require_shapes(shapes: Mapping[str, tuple[int, ...]], players: Mapping[Phase, PlayerState]) -> None:
    """A moment has its parameter's shape, or is a single number."""
    for player in players.values():
        owned, prefix = _owned(player), f"{player.name}."
        for name in (name for name in shapes if name.startswith(prefix)):
            index, _, key = name.removeprefix(prefix).partition(".")
            if shapes[name] not in ((), tuple(owned[int(index)].shape)):
                raise ValueError(f"{key} of {player.name}'s parameter {index} has shape {shapes[name]}")
