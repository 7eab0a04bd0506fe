"""A checked recipe as YAML that `load_recipe` reads back as an equal one, whatever the defaults are by then."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ganlab_core.recipe.load import COMPLETE
from ganlab_core.recipe.scalars import BOOL, FLOAT, INT, NULL
from ganlab_core.recipe.settings import Recipe

_HEADER = "# A complete recipe: every setting of the run. `ganlab train` with this file trains it again.\n"


def to_yaml(recipe: Recipe) -> str:
    """The recipe with all its values, in its own order, marked as complete."""
    values = {COMPLETE: True, **recipe.model_dump(mode="json")}
    return _HEADER + yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.2 would not read as text, and writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.yaml_implicit_resolvers = {}  # instead of pyyaml's, which are YAML 1.1's
for _tag, _pattern in (("null", NULL), ("bool", BOOL), ("int", INT), ("float", FLOAT)):
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern.pattern})\Z"), None)
