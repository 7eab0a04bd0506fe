"""TensorBoard events: scalars, the learned prior against the true one, grids, and the recipe's text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from ganlab_core.hookspecs import hookimpl
from ganlab_core.training.events import RunFinished, RunStarted, StepFinished

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class TensorBoard:
    """Writes what a run logs; a resume purges the events of steps that will be done again.

    `true_prior` are the data set's class proportions, drawn beside the learned prior where they are known.
    """

    def __init__(self, folder: Path, *, true_prior: tuple[float, ...] | None) -> None:
        self._folder = folder
        self._true_prior = true_prior
        self._writer: SummaryWriter | None = None

    @hookimpl
    def ganlab_run_started(self, event: RunStarted) -> None:
        """Open the event file and show the recipe."""
        purge = event.first_step + 1 if event.first_step else None
        self._writer = SummaryWriter(str(self._folder), purge_step=purge)
        text = yaml.safe_dump(dict(event.recipe), sort_keys=False)
        self._writer.add_text("recipe", "\n".join(f"    {line}" for line in text.splitlines()), event.first_step)

    @hookimpl
    def ganlab_step_finished(self, event: StepFinished) -> None:
        """Scalars, every probability of the prior, its picture where a grid is due, and the grids."""
        assert self._writer is not None
        for name, value in event.scalars.items():
            self._writer.add_scalar(name, value, event.number)
        for name, vector in event.vectors.items():
            for index, value in enumerate(vector.tolist()):
                self._writer.add_scalar(f"{name}/{index}", value, event.number)
            if event.images:
                self._writer.add_figure(f"{name}/proportions", _bars(vector, self._true_prior), event.number)
        for name, image_CHW in event.images.items():
            self._writer.add_image(name, image_CHW, event.number)

    @hookimpl
    def ganlab_run_finished(self, event: RunFinished) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Write what is buffered; a run that stops early calls it too."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _bars(learned_K: Tensor, true: tuple[float, ...] | None) -> Figure:
    """Learned proportions, largest first, beside the true ones, largest first."""
    from matplotlib.figure import Figure  # here, since only a due grid needs it and it takes a while

    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    learned = sorted(learned_K.tolist(), reverse=True)
    axes.bar([index - 0.2 for index in range(len(learned))], learned, width=0.4, label="learned")
    if true is not None:
        axes.bar([index + 0.2 for index in range(len(true))], sorted(true, reverse=True), width=0.4, label="true")
    axes.set(xlabel="class, largest first", ylabel="proportion")
    axes.legend()
    return figure
