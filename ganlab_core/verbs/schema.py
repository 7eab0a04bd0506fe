"""`ganlab schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

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

    click.echo(json.dumps(json_schema(plugins), indent=2))
