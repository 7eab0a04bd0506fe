"""A plugin made for version 1.0 of the interface, whose verb is a command that is made at the start."""

from __future__ import annotations

import click

from ganlab_core import hookimpl

ganlab_api = "1.0"


@hookimpl
def ganlab_commands(cli: click.Group) -> None:
    """A verb that greets."""
    cli.add_command(click.Command("greet", callback=lambda: click.echo("hello"), help="Say hello."))
