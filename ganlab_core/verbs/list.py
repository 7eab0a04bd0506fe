"""`ganlab list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganlab_core.interface.kinds import KINDS, Holds

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins

_KINDS = {kind.plural: kind for kind in KINDS.values()}


@click.command("list", epilog="Examples: `ganlab list`, `ganlab list losses`, `ganlab list recipes`.")
@click.argument("kind", required=False, type=click.Choice([*_KINDS, "recipes"]))
@click.pass_obj
def command(plugins: Plugins, kind: str | None) -> None:
    """List what recipes can name: each part's name, giver and summary; or the recipes that plugins ship."""
    from rich.table import Table

    from ganlab_core.recipe.sources import list_recipes, summary_of
    from ganlab_core.verbs.command_line.console import plain_console

    console = plain_console()
    for title in [kind] if kind else [*_KINDS, "recipes"]:
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        if title == "recipes":
            for name, path in list_recipes(plugins).items():
                table.add_row(name, summary_of(path))
        else:
            for entry in sorted(plugins.registries[_KINDS[title].name], key=lambda entry: entry.name):
                role = [entry.component.role or ""] if _KINDS[title].holds is Holds.PLACES else []
                table.add_row(entry.name, *role, entry.giver.plugin, entry.summary)
        console.print(table)
