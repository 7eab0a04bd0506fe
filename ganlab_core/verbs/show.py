"""`ganlab show`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from ganlab_core.interface.kinds import KINDS, Kind

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command("show", epilog="Example: `ganlab show prior elastic`.")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.pass_obj
def command(plugins: Plugins, kind: Kind, name: str) -> None:
    """Show the part NAME of a KIND: summary, giver, arguments with types and defaults, and documentation."""
    from rich.table import Table

    from ganlab_core.verbs.command_line.console import plain_console

    registry, console = plugins.registries[kind], plain_console()
    for role in registry.roles(name) or (None,):
        entry = registry.get(name, role)
        console.print(f"{entry}: {entry.summary}", soft_wrap=True)
        console.print(f"given by {entry.giver}", soft_wrap=True)
        table = Table("argument", "type", "default", "what it is", box=None, pad_edge=False)
        for argument in entry.arguments:
            default = "required" if argument.required else argument.default
            table.add_row(argument.name, argument.type, default, argument.description)
        console.print(table)
        console.print(inspect.getdoc(entry.component.factory) or "")
