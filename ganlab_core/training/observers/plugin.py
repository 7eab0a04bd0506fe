"""What the core lets watch each run, given through the hook that every plugin uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ganlab_core.interface.hookspecs import hookimpl

if TYPE_CHECKING:
    from ganlab_core.interface.events import RunStarted


@hookimpl
def ganlab_observers(run: RunStarted) -> Iterable[object]:
    """Its logs, its pictures, and its progress where somebody wants to see that."""
    from ganlab_core.runs.folder import RunFolder
    from ganlab_core.training.observers.console import ConsoleProgress
    from ganlab_core.training.observers.metrics_file import MetricsFile
    from ganlab_core.training.observers.proportions import ProportionsPicture
    from ganlab_core.training.observers.tensorboard import TensorBoard

    folder = RunFolder(run.folder)
    yield MetricsFile(folder.metrics)
    yield TensorBoard(folder.tensorboard)
    yield ProportionsPicture(folder.proportions)
    if run.console is not None:
        yield ConsoleProgress(run.console)
