"""A checked recipe as YAML that `load_recipe` reads back as an equal one, whatever the defaults are by then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from ganlab_core.interface.printable import printable
from ganlab_core.recipe.load import COMPLETE
from ganlab_core.recipe.scalars import BOOL, FLOAT, INT, NULL
from ganlab_core.recipe.settings import Recipe

_HEADER = "# A complete recipe: every setting of the run. `ganlab train` with this file trains it again.\n"


def to_yaml(recipe: Recipe) -> str:
    """The recipe with all its values, in its own order, marked as complete."""
    return _HEADER + write_values({COMPLETE: True, **recipe.model_dump(mode="json")})


def write_values(values: Mapping[str, Any]) -> str:
    """Plain values as YAML 1.2 in block style, which `read_text` reads back as equal ones in the same order."""
    text: str = yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return printable(text, lines=True)  # as YAML itself escapes it


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.2 would not read as text, and writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Between double quotes where something is not seen, so that it can be escaped.

        pyyaml folds lines at some such characters, which would then read back as a space.
        """
        hidden = printable(text, lines=True) != text
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"' if hidden else None)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.yaml_implicit_resolvers = {}  # instead of pyyaml's, which are YAML 1.1's
for _tag, _pattern in (("null", NULL), ("bool", BOOL), ("int", INT), ("float", FLOAT)):
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern.pattern})\Z"), None)
