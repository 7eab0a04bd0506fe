"""`ganlab new plugin`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.interface.shell import shell_command
from ganlab_core.verbs.command_line.say import say
from ganlab_core.verbs.new.scaffold import SCAFFOLD_KINDS, ScaffoldKind, new_plugin

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.group("new", epilog="Example: `ganlab new plugin mine --kind loss`.")
def command() -> None:
    """Start a package of your own."""


@command.command("plugin", epilog="Example: `ganlab new plugin mine --kind loss`, then edit ganlab-mine.")
@click.argument("name")
@click.option("--kind", type=click.Choice(SCAFFOLD_KINDS), default="loss", show_default=True, help="What it gives.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="The folder to make; else ./ganlab-NAME."
)
@click.pass_obj
def plugin(plugins: Plugins, name: str, kind: ScaffoldKind, out: Path | None) -> None:
    """Write the package ganlab-NAME: one part, its tests, and all that it takes to install, check and publish it."""
    folder = out or Path(f"ganlab-{name}")
    part = new_plugin(name, kind=kind, out=folder, plugins=plugins)
    install = shell_command("pip", "install", "-e", folder)
    train = shell_command("ganlab", "train", f"--{kind}", name)
    say(f"made {folder}; edit {part}, then", f"  {install}", f"  {train}")
