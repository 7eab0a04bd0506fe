"""`ganlab schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.say import say_json

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command(
    "schema",
    epilog="Example: `ganlab schema > recipe.schema.json`, then name the file in your editor's YAML settings.",
)
@click.pass_obj
def command(plugins: Plugins) -> None:
    """Print the JSON Schema of recipes, the parts of every loaded plugin included."""
    from ganlab_core.recipe.schema import json_schema

    say_json(json_schema(plugins))
