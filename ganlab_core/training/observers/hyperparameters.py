"""A run's recipe and its figures for TensorBoard's table of hyperparameters, in the run's own event file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from ganlab_core.recipe.difference import MAY_CHANGE, leaves


def write_hyperparameters(writer: SummaryWriter, recipe: Mapping[str, Any], *, metrics: Iterable[str]) -> None:
    """Write every value of a recipe by its dotted key, and which scalars are its results.

    `SummaryWriter.add_hparams` writes the same as a run of its own, which then stands in every chart as well.

    Args:
        recipe: plain values, as `Recipe.model_dump(mode="json")` gives them.
        metrics: tags of scalars.
    """
    # TensorBoard keeps what it reads first, so what a run that goes on may change is left out.
    values = {key: _plain(value) for key, value in leaves(recipe) if key not in MAY_CHANGE and value is not None}
    for summary in hparams(values, dict.fromkeys(metrics, 0.0)):
        writer.file_writer.add_summary(summary)


def _plain(value: Any) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float | str) else str(value)
