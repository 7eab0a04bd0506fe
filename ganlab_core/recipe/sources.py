"""Where recipes come from: files, names such as `elastic/digits` of recipes that plugins ship, and mappings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from ganlab_core.component import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.located import Located, located_at
from ganlab_core.recipe.reader import MAX_DEPTH, read_file

Source: TypeAlias = str | Path | Mapping[str, Any]
_SUFFIXES = (".yaml", ".yml")
DEFAULT = Path(__file__).parent.parent / "recipes" / "default.yaml"


def list_recipes(plugins: Plugins) -> dict[str, Path]:
    """The recipes that healthy plugins ship in a folder `recipes` beside their module, by `PLUGIN/NAME`."""
    found: dict[str, Path] = {}
    for plugin, package in plugins.packages.items():
        folder = Path(str(files(package))) / "recipes"
        for path in sorted(folder.glob("*")):
            if path.suffix in _SUFFIXES:
                found[f"{plugin}/{path.stem}"] = path
    return found


def read_source(source: Source, plugins: Plugins) -> Located:
    """The recipe that a source names or is.

    Raises:
        GanlabError: no such file or name, a mapping that YAML could not hold, and what `read_file` raises.
    """
    if isinstance(source, Mapping):
        return located_at(plain_mapping(source, "the mapping given as a recipe"), "the mapping given as a recipe")
    path = Path(source)
    if isinstance(source, str) and path.suffix not in _SUFFIXES:
        shipped = list_recipes(plugins)
        if source in shipped:
            return read_file(shipped[source])
        if not path.exists():
            near = difflib.get_close_matches(source, shipped, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise GanlabError(f"there is no recipe {source!r}{hint} Give a .yaml file, or one of {', '.join(shipped)}")
    return read_file(path)


def plain_mapping(mapping: Mapping[str, Any], what: str) -> dict[str, Any]:
    """A copy made of dicts, lists and scalars; tuples become lists and paths text.

    Raises:
        GanlabError: for anything that YAML could not hold, calling the mapping `what`.
    """
    return {str(key): _plain(value, what, 0) for key, value in mapping.items()}


def _plain(value: Any, what: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise GanlabError(f"{what} is more than {MAX_DEPTH} levels deep")
    if isinstance(value, Mapping):
        return {str(key): _plain(inner, what, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner, what, depth + 1) for inner in value]
    if isinstance(value, str) and not value.isascii() and value != value.encode("utf-8", "replace").decode():
        raise GanlabError(f"{what} holds {value!r}, which is no text that a file could hold")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Path):
        return str(value)
    raise GanlabError(
        f"{what} holds {value!r}, a {type(value).__name__}; a recipe holds text, numbers, lists and mappings"
    )
