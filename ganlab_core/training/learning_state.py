"""What learning goes on from beside the weights: optimisers, and the global random states for parts that use them.

Read back without running anything: tensors by `weights_only=True`, the rest as JSON.
"""

from __future__ import annotations

import logging
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.step import Phase
from ganlab_core.runs.checkpoint_files import OPTIMISERS, read_state
from ganlab_core.system.random_states import restore_random_states
from ganlab_core.training.nonfinite import Skips
from ganlab_core.training.players import PlayerState

log = logging.getLogger(__name__)


def learning_state(players: Mapping[Phase, PlayerState], *, skips: Skips | None = None) -> dict[str, Any]:
    """The global RNG is kept for third-party parts that use it, such as dropout; ganlab's own draws need no state."""
    return {
        "optimisers": {name: player.optimiser.state_dict() for name, player in players.items()},
        "kinds": {name: type(player.optimiser).__name__ for name, player in players.items()},
        "skips": {} if skips is None else skips.state_dict(),
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def load_learning_state(
    checkpoint: Path,
    players: Mapping[Phase, PlayerState],
    *,
    learning_rate_scale: float = 1.0,
    skips: Skips | None = None,
) -> None:
    """Put a checkpoint's optimisers and the global random states back; settings such as rates stay the recipe's.

    An optimiser of another kind than the checkpoint's, as a fork may ask for, begins anew; a warning says so.

    Args:
        learning_rate_scale: what the recipe's learning rates are multiplied with.
        skips: what counts the steps that were left out in a row; it goes on counting.

    Raises:
        GanlabError: the file is not what a checkpoint of this recipe holds; nothing in it was run.
    """
    try:
        state = _read(checkpoint / OPTIMISERS)
        for name, player in players.items():
            if (kind := state["kinds"][name]) == type(player.optimiser).__name__:
                _restore(player, state["optimisers"][name])
            else:
                log.warning("players.%s: its optimiser begins anew, since the checkpoint's is %s", name, kind)
            for group in player.optimiser.param_groups:
                group["lr"] *= learning_rate_scale
        if skips is not None:
            skips.load_state_dict(state.get("skips", {}))
        torch.set_rng_state(state["rng"])
        if torch.cuda.is_available() and len(state["cuda_rng"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda_rng"])
        restore_random_states(read_state(checkpoint).random)
    except (
        RuntimeError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise GanlabError(f"checkpoint {checkpoint} does not fit its recipe: {error}") from error


def _restore(player: PlayerState, state: Mapping[str, Any]) -> None:
    """An optimiser's moments from a checkpoint, its settings from the recipe."""
    owned = [p for group in player.optimiser.param_groups for p in group["params"]]
    for index, moments in state["state"].items():
        for name, value in moments.items():
            # A view with strides of 0 can claim any size without holding it, and would be copied at that size.
            if isinstance(value, torch.Tensor) and value.ndim and value.shape != owned[int(index)].shape:
                raise ValueError(f"{name} of {player.name}'s parameter {index} has shape {tuple(value.shape)}")
    settings = [
        {key: value for key, value in group.items() if key != "params"} for group in player.optimiser.param_groups
    ]
    player.optimiser.load_state_dict(dict(state))
    for group, own in zip(player.optimiser.param_groups, settings, strict=True):
        group.update(own)


def _read(file: Path) -> dict[str, Any]:
    """Tensors and plain values; torch's own words would advise to load what it refuses in a way that can run it."""
    _refuse_packed(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            state: dict[str, Any] = torch.load(file, weights_only=True, map_location="cpu")
    except UnpicklingError as error:
        raise ValueError(f"{file.name} holds more than tensors and plain values; nothing in it was run") from error
    return state


def _refuse_packed(file: Path) -> None:
    """torch stores its archives unpacked; one that unpacks into more than it is was made to fill the memory."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > file.stat().st_size:
            raise ValueError(f"{file.name} unpacks into more than its {file.stat().st_size} bytes")
