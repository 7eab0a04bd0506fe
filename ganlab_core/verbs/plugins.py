"""`ganlab plugins`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.options import json_option
from ganlab_core.verbs.command_line.say import say_json

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command("plugins", epilog="Example: `ganlab plugins --json`.")
@json_option("A JSON list, for programs.")
@click.pass_obj
def command(plugins: Plugins, as_json: bool) -> None:
    """List the plugins: distribution and version, hooks, parts given, and healthy or the reason why not."""
    from rich.table import Table

    from ganlab_core.verbs.command_line.console import plain_console

    _ = plugins.registries  # asks every plugin for its parts, so that what fails there is seen too
    if as_json:
        say_json([dataclasses.asdict(status) for status in plugins.statuses])
        return
    console = plain_console()
    for status in plugins.statuses:
        console.print(status.name, style="bold", end="  ")
        console.print(f"{status.distribution} {status.version}")
        table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
        table.add_row("state", "healthy" if status.healthy else status.reason)
        for kind, names in _by_kind(status.parts).items():
            table.add_row(kind, ", ".join(names))
        table.add_row("hooks", ", ".join(status.hooks))
        console.print(table)


def _by_kind(parts: Sequence[str]) -> dict[str, list[str]]:
    """Of `network trunk dcgan`, `trunk dcgan` under `network`."""
    names: dict[str, list[str]] = {}
    for part in parts:
        kind, name = part.split(" ", maxsplit=1)
        names.setdefault(kind, []).append(name)
    return names
