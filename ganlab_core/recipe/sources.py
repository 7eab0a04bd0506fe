"""Where recipes come from: files, names such as `elastic/digits` of recipes that plugins ship, and mappings.

A recipe may name others that it builds on, `extends: [parts/digits.yaml]`: it is read as if they were given before it.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.user_path import user_path
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.located import Located, located_at
from ganlab_core.recipe.reader import MAX_DEPTH, read_file
from ganlab_core.system.packaged import names_in, package_folders, packaged

Source: TypeAlias = str | Path | Mapping[str, Any]
EXTENDS = "extends"
_SUFFIXES = (".yaml", ".yml")
MAX_LAYERS = 100  # a recipe that extends ten, each of which extends ten, ... ends here
DEFAULT = Path(__file__).parent.parent / "recipes" / "default.yaml"


def list_recipes(plugins: Plugins) -> dict[str, Path]:
    """The recipes that healthy plugins ship in a folder `recipes` beside their module, by `PLUGIN/NAME`."""
    found: dict[str, Path] = {}
    for plugin, package in plugins.packages.items():
        for folder in package_folders(package):
            for name in names_in(folder / "recipes"):
                path = folder / "recipes" / name
                if path.suffix in _SUFFIXES:
                    found.setdefault(f"{plugin}/{path.stem}", path)
    return found


def summary_of(path: Path) -> str:
    """What a recipe's file says of itself in its first line, a comment; empty if there is none."""
    with packaged(path).open(encoding="utf-8") as file:
        line = file.readline().strip()
    return line.removeprefix("#").strip() if line.startswith("#") else ""


def read_layers(
    source: Source, plugins: Plugins, *, what: str = "the mapping given as a recipe", alone: bool = False
) -> list[Located]:
    """The recipe that a source names or is, after those that it extends, in the order in which they merge.

    Messages call a mapping `what`. A path in `extends` is relative to the file that says so, or to the working folder
    where a mapping does. What is merely named there, and may be no recipe, is not quoted in messages.

    Args:
        alone: refuse a source that extends others.

    Raises:
        GanlabError: no such file or name, a recipe that extends itself, a mapping that YAML could not hold, and what
            `read_file` raises.
    """
    if isinstance(source, Mapping):
        return _with_extended(located_at(plain_mapping(source, what), what), Path(), plugins, ())
    if not alone:
        return _read_path(_path_of(source, plugins), plugins, ())
    recipe = read_file(Path(source))
    if EXTENDS in recipe.values:
        place = recipe.place((EXTENDS,))
        raise GanlabError(f"{place}: {EXTENDS}: a run's recipe is complete and extends no other; drop the key")
    return [recipe]


def _path_of(source: str | Path, plugins: Plugins) -> Path:
    """The file of a source that is a path or a shipped recipe's name."""
    path = Path(source)
    if isinstance(source, str) and path.suffix not in _SUFFIXES:
        shipped = list_recipes(plugins)
        if source in shipped:
            return shipped[source]
        if not os.path.exists(path):  # no error where no system could have such a name
            near = difflib.get_close_matches(source, shipped, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise GanlabError(f"there is no recipe {source!r}{hint} Give a .yaml file, or one of {', '.join(shipped)}")
    return path


def _read_path(path: Path, plugins: Plugins, inside: tuple[Path, ...]) -> list[Located]:
    here = path.resolve()
    if here in inside:
        chain = " -> ".join(str(one) for one in (*inside, here))
        raise GanlabError(f"{path}: {EXTENDS}: a recipe extends itself: {chain}; drop one of the steps")
    quoting = not inside or _is_shipped(here, plugins)
    return _with_extended(read_file(path, quoting=quoting), path.parent, plugins, (*inside, here))


def _is_shipped(path: Path, plugins: Plugins) -> bool:
    """Whether a file lies among the recipes that plugins ship, which are no secret."""
    folders = [folder for package in plugins.packages.values() for folder in package_folders(package)]
    return any(path.is_relative_to((folder / "recipes").resolve()) for folder in folders)


def _with_extended(recipe: Located, folder: Path, plugins: Plugins, inside: tuple[Path, ...]) -> list[Located]:
    """The layers that a recipe extends, then the recipe without the key that names them."""
    if EXTENDS not in recipe.values:
        return [recipe]
    place = recipe.place((EXTENDS,))
    names = recipe.values[EXTENDS]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        given = f", not {names!r}" if place.quoting else ""
        raise GanlabError(f"{place}: {EXTENDS}: takes a list of files or recipe names{given}")
    if len(inside) > MAX_DEPTH:
        raise GanlabError(f"{place}: {EXTENDS}: more than {MAX_DEPTH} recipes extend one another")
    layers: list[Located] = []
    for name in names:
        path = folder / user_path(name)
        layers += _read_path(path if packaged(path).is_file() else _path_of(name, plugins), plugins, inside)
        if len(layers) > MAX_LAYERS:
            raise GanlabError(f"{place}: {EXTENDS}: these are more than {MAX_LAYERS} recipes")
    own = {key: value for key, value in recipe.values.items() if key != EXTENDS}
    return [*layers, Located(own, recipe.places)]


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
