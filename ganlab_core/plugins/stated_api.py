"""The interface version in a plugin's source, read without running it: why a plugin that fails to import may fail."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from ganlab_core.plugins.api import check_version


@contextmanager
def blaming_version(source: Callable[[], bytes]) -> Iterator[None]:
    """Where what is inside fails, say that the plugin was made for another version, if its source states that.

    Raises:
        GanlabError: instead of what went wrong inside, which another version of the interface explains.
    """
    try:
        yield
    except (Exception, SystemExit):
        stated = _stated_api(source)
        if stated is not None:
            check_version(stated)
        raise


def source_of(module: str) -> bytes:
    """The source of a module that may not be importable; its parent packages are not run either.

    Raises:
        Exception: there is none to be found; which one differs.
    """
    top, *below = module.split(".")
    name, spec = top, find_spec(top)
    for part in below:
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, _found(spec).submodule_search_locations)
    return Path(str(_found(spec).origin)).read_bytes()


def _found(spec: ModuleSpec | None) -> ModuleSpec:
    if spec is None:
        raise ModuleNotFoundError
    return spec


def _stated_api(source: Callable[[], bytes]) -> str | None:
    """`ganlab_api = "..."` at the top level of a source; None where that can't be read or is no text."""
    try:
        statements = ast.parse(source()).body
    except Exception:  # the plugin's own failure is the one to be told
        return None
    for statement in statements:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="ganlab_api")], value=ast.Constant(value=str(stated)))
                | ast.AnnAssign(target=ast.Name(id="ganlab_api"), value=ast.Constant(value=str(stated)))
            ):
                return stated
    return None
