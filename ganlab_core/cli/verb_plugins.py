"""`ganlab plugins`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command("plugins", epilog="Example: `ganlab plugins --json`.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, for programs.")
@click.pass_obj
def command(plugins: Plugins, as_json: bool) -> None:
    """List the plugins: distribution and version, hooks, parts given, and healthy or the reason why not."""
    from rich.console import Console
    from rich.table import Table

    _ = plugins.registries  # asks every plugin for its parts, so that what fails there is seen too
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(status) for status in plugins.statuses], indent=2))
        return
    table = Table("plugin", "distribution", "version", "hooks", "parts", "state")
    for status in plugins.statuses:
        state = "healthy" if status.healthy else status.reason
        hooks, parts = ", ".join(status.hooks), ", ".join(status.parts)
        table.add_row(status.name, status.distribution, status.version, hooks, parts, state)
    Console().print(table, markup=False)
