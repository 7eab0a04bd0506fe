"""`ganlab validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ganlab_core.verbs.command_line.options import recipe_from_options, recipe_options
from ganlab_core.verbs.command_line.say import say

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command("validate", epilog="Example: `ganlab validate a.yaml b.yaml --prior elastic --print`.")
@recipe_options
@click.option("--print", "show", is_flag=True, help="Print the merged recipe with every default filled in.")
@click.pass_obj
def command(plugins: Plugins, /, show: bool, **options: Any) -> None:
    """Check what `train` would be given, without training: every error at once, each with its file and line."""
    from ganlab_core.recipe.fit import require_fit
    from ganlab_core.recipe.freeze import to_yaml

    recipe = recipe_from_options(plugins, **options)
    require_fit(recipe, plugins)
    say(*to_yaml(recipe).rstrip("\n").split("\n") if show else ["the recipe is valid"])
