"""TensorBoard events: scalars and their layout, the learned prior against the true one, grids, and the recipe.

At a run's end also the recipe as hyperparameters, with the evaluation's figures, and an embedding of real images.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from ganlab_core.interface.events import RunFinished, RunStarted, StepFinished
from ganlab_core.interface.hookspecs import hookimpl
from ganlab_core.system.charts import pixels, plain_charts
from ganlab_core.system.dispensable import dispensable
from ganlab_core.training.observers.hyperparameters import write_hyperparameters
from ganlab_core.training.observers.projector import write_embedding
from ganlab_core.training.observers.proportions import Bars, draw_bars
from ganlab_core.training.observers.scalar_layout import Layout, scalar_layout

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class TensorBoard:
    """Writes what a run logs; a resume purges the events of steps that will be done again.

    The data set's true proportions are drawn beside the class code's; other codes' categories are no classes of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._true_proportions: Mapping[str, tuple[float, ...]] = {}
        self._writer: SummaryWriter | None = None
        self._recipe: Mapping[str, Any] = {}
        self._scalars: dict[str, None] = {}
        self._vectors: dict[str, None] = {}
        self._layout: Layout = {}
        self._results: dict[str, None] = {}
        self._restore_hook: Callable[[], None] = lambda: None

    @hookimpl
    def ganlab_run_started(self, event: RunStarted) -> None:
        """Open the event file and show the recipe."""
        self._recipe = event.recipe
        true = event.facts.class_proportions
        if event.class_code is not None and true is not None:
            self._true_proportions = {f"prior/{event.class_code}": true}
        purge = event.first_step + 1 if self._folder.exists() else None
        self._restore_hook = _quiet_writer()
        self._writer = SummaryWriter(str(self._folder), purge_step=purge)
        text = yaml.safe_dump(dict(event.recipe), sort_keys=False)
        self._writer.add_text("recipe", "\n".join(f"    {line}" for line in text.splitlines()), event.first_step)

    @hookimpl
    def ganlab_step_finished(self, event: StepFinished) -> None:
        """Scalars, every probability of the prior, its picture where a grid is due, and the grids."""
        assert self._writer is not None
        self._lay_out(self._writer, event)
        self._results |= dict.fromkeys(name for name in event.scalars if name.startswith("evaluation/"))
        for name, value in event.scalars.items():
            self._writer.add_scalar(name, value, event.number)
        for name, vector in event.vectors.items():
            for index, value in enumerate(vector.tolist()):
                self._writer.add_scalar(f"{name}/{index}", value, event.number)
            if event.images:
                self._show_by_size(self._writer, name, vector, event.number)
        for name, image_CHW in event.images.items():
            with dispensable(f"TensorBoard's picture {name} after {event.number} steps"):
                self._writer.add_image(name, image_CHW, event.number)
        self._writer.flush()  # a resume does not repeat steps that a killed process had only buffered

    def _show_by_size(self, writer: SummaryWriter, name: str, vector: Tensor, number: int) -> None:
        with dispensable(f"TensorBoard's picture {name}/proportions after {number} steps"), plain_charts():
            figure = _by_size(vector, self._true_proportions.get(name))
            writer.add_image(f"{name}/proportions", pixels(figure), number)

    def _lay_out(self, writer: SummaryWriter, event: StepFinished) -> None:
        """Write the layout again when something is logged that has no chart yet, as when a loss starts late.

        TensorBoard shows the last one.
        """
        self._scalars |= dict.fromkeys(event.scalars)
        self._vectors |= dict.fromkeys(event.vectors)
        layout = scalar_layout(scalars=self._scalars, vectors=self._vectors)
        if layout != self._layout:
            self._layout = layout
            writer.add_custom_scalars(layout)

    @hookimpl
    def ganlab_run_finished(self, event: RunFinished) -> None:
        """Write what is known only now, and close the file."""
        assert self._writer is not None
        with dispensable("TensorBoard's table of hyperparameters"):
            write_hyperparameters(self._writer, self._recipe, metrics=self._results)
        with dispensable("TensorBoard's projector"):
            if event.embedding is not None:
                write_embedding(self._writer, event.embedding, number=event.number)
        self.close()

    def close(self) -> None:
        """Write what is buffered; a run that stops early calls it too."""
        writer, self._writer = self._writer, None
        restore, self._restore_hook = self._restore_hook, lambda: None
        try:
            if writer is not None:
                writer.close()
        finally:
            restore()


def _quiet_writer() -> Callable[[], None]:
    """Drop the traceback of TensorBoard's thread where the disk refuses; the next event raises the same error.

    Returns what puts everything back.
    """
    before = threading.excepthook

    def hook(failure: threading.ExceptHookArgs) -> None:
        if not isinstance(failure.exc_value, OSError):
            before(failure)

    def restore() -> None:
        threading.excepthook = before

    threading.excepthook = hook
    return restore


def _by_size(learned_K: Tensor, true: tuple[float, ...] | None) -> Figure:
    """Learned proportions, largest first, beside the true ones, largest first: which is whose is not known yet."""
    learned = sorted(learned_K.tolist(), reverse=True)
    true_by_size = sorted(true or (), reverse=True)
    pairs = zip_longest(learned, true_by_size, fillvalue=None if true is None else 0.0)
    return draw_bars([Bars(str(rank), one or 0.0, other) for rank, (one, other) in enumerate(pairs)], of="rank")
