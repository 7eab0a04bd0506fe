"""What `ganlab train` and `ganlab evaluate` print of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from ganlab_core.interface.printable import printable
from ganlab_core.interface.proportions import Proportions
from ganlab_core.interface.shell import shell_command
from ganlab_core.runs.folder import RunFolder

if TYPE_CHECKING:
    from ganlab_core.training.loop import RunResult


def print_summary(console: Console, result: RunResult) -> None:
    """Proportions, figures, and where to look next."""
    print_evaluation(console, result.evaluation)
    run = RunFolder(result.folder)
    grid = run.newest_grid()
    lines = [
        f"grid          {grid}" if grid else "",
        f"proportions   {run.proportions}" if run.proportions.exists() else "",
        f"TensorBoard   {shell_command('tensorboard', '--logdir', run.tensorboard)}",
        f"more images   {shell_command('ganlab', 'sample', run.path)}",
        f"took          {result.seconds:.0f} s",
    ]
    console.print("\n".join(map(printable, filter(None, lines))), soft_wrap=True)


def print_evaluation(console: Console, figures: Mapping[str, Any]) -> None:
    """The proportions where a metric gave any, then every single figure."""
    if (found := Proportions.of(figures)) is not None:
        console.print(_table(found))
    for name, value in figures.items():
        if isinstance(value, int | float):
            console.print(f"{name:<20} {value:.4g}")


def _table(proportions: Proportions) -> Table:
    """A row a code: its learned proportion, and the class that it was matched to with its true proportion."""
    table = Table("code", "learned", "class", "true", title="proportions")
    for pair in proportions.pairs():
        if pair.code is not None:
            true = "" if pair.label is None else f"{pair.true:.3f}"
            table.add_row(str(pair.code), f"{pair.learned:.3f}", pair.label, true)
    return table
