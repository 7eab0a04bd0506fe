"""`ganlab compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab_core.verbs.command_line.options import JSON
from ganlab_core.verbs.command_line.say import say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ganlab_core.plugins import Plugins
    from ganlab_core.verbs.compare.comparison import Comparison, Row


@click.command("compare", epilog="Example: `ganlab compare runs/digits-elastic-seed0 runs/digits-elastic-seed1`.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN RUN...")
@JSON
@click.pass_obj
def command(plugins: Plugins, runs: tuple[Path, ...], as_json: bool) -> None:
    """Show what differs between runs: in their recipes, data and versions, and in the figures of their evaluations."""
    if len(runs) < 2:
        raise click.UsageError("a comparison takes two runs or more; name another RUN")
    from ganlab_core.verbs.command_line.console import plain_console
    from ganlab_core.verbs.compare.comparison import compare

    found = compare(runs, plugins=plugins)
    if as_json:
        say_json(_values(found, runs))
        return
    console = plain_console()
    for title, rows in (("recipe", found.recipe), ("made with", found.made_with), ("metrics", found.metrics)):
        if rows:
            console.print(_table(title, rows, found.runs))
        else:
            console.print(f"{title}: no difference")
    for name in found.unevaluated:
        console.print(f"{name} has no evaluation; a run writes it at its end")


def _values(found: Comparison, runs: Sequence[Path]) -> dict[str, Any]:
    """The differing values by key, a list of one for each run."""
    parts = {"recipe": found.recipe, "made_with": found.made_with, "metrics": found.metrics}
    return {
        "runs": [str(run) for run in runs],
        **{part: {row.key: list(row.values) for row in rows} for part, rows in parts.items()},
    }


def _table(title: str, rows: Sequence[Row], names: Sequence[str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in names:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(Text(row.key), *(Text(_shown(value)) for value in row.values))
    return table


def _shown(value: Any) -> str:
    """A value for a person: four figures of a number, nothing for None."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
