"""Reading, merging, checking and freezing recipes."""

from __future__ import annotations

from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.schema import json_schema
from ganlab_core.recipe.settings import Recipe
from ganlab_core.recipe.sources import list_recipes, summary_of

__all__ = ["Recipe", "json_schema", "list_recipes", "load_recipe", "summary_of", "to_yaml"]
