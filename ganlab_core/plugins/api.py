"""The version of ganlab's plugin interface that a plugin says it was made for: `ganlab_api = "1"` in its module."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.version import API_VERSION

_VERSION = r"([0-9]{1,6})(?:\.([0-9]{1,6}))?"


def check_api(plugin: object) -> None:
    """Check the version that a plugin states, if it does: the same major number, and no newer minor one.

    Raises:
        GanlabError: it was made for another version, or states none that can be read.
    """
    check_version(getattr(plugin, "ganlab_api", API_VERSION))


def check_version(stated: object) -> None:
    """Check a version that a plugin states: the same major number, and no newer minor one.

    Raises:
        GanlabError: it is another version, or none that can be read.
    """
    match = re.fullmatch(_VERSION, stated) if isinstance(stated, str) else None
    if match is None:
        raise GanlabError(f'ganlab_api is {stated!r}; it is a version as text, such as "{API_VERSION}"')
    major, minor = int(match[1]), int(match[2] or 0)
    our_major, our_minor = map(int, API_VERSION.split("."))
    text = f"it is made for version {stated} of ganlab's plugin interface, and this ganlab has version {API_VERSION}"
    if major != our_major:
        raise GanlabError(f"{text}; install a release of it for {our_major}, or a ganlab with {major}")
    if minor > our_minor:
        raise GanlabError(f"{text}; install a newer ganlab")


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
    import ast

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
