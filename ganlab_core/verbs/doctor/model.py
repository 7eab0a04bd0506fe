"""Whether a run's model can be built here, and holds what its newest whole checkpoint has."""

from __future__ import annotations

from pathlib import Path

from ganlab_core.interface.check import Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_model
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import Checkpoint, load_weights, read_newest, weights_size
from ganlab_core.runs.data_facts import read_facts
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.device import choose_device


def look_at_model(
    folder: RunFolder, recipe: Recipe, plugins: Plugins, *, newest: Path | None
) -> tuple[Finding, Model | None]:
    """Whether the recipe's parts fit one another and the weights, and the model if so.

    Args:
        newest: the newest whole checkpoint; None where the run has none.
    """
    try:
        most = None if newest is None else read_newest(folder.checkpoints, weights_size)
        model = build_model(recipe, read_facts(folder.data), plugins, device=choose_device("cpu"), most=most)
        if newest is not None:
            _load(newest, folder, model)
    except GanlabError as error:
        return Finding(name="model", text=str(error), state="stops"), None
    count = sum(parameter.numel() for _, parameter in model.named_parameters())
    return Finding(name="model", text=f"{count:,} parameters", value={"parameters": count}), model


def _load(newest: Path, folder: RunFolder, model: Model) -> None:
    try:
        load_weights(Checkpoint(folder=newest, number=int(newest.name)), model)
    except GanlabError:
        if newest.exists():
            raise
        read_newest(folder.checkpoints, lambda checkpoint: load_weights(checkpoint, model))  # its writer removed it
