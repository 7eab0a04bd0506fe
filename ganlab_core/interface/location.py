"""`Location`: a file or folder that a recipe names. It is kept whole, so that a run finds it wherever it goes on."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ganlab_core.interface.user_path import user_path

MARKED = {"locations": "marked"}
"""The context of a serialisation that marks locations, for `is_marked`."""

_MARK = "\0location "


@dataclass(frozen=True)
class Whole:
    """Marks text in a type hint: it names a file or folder, from the folder that ganlab is called in if not whole.

    Attributes:
        packages: `PACKAGE:FILE` names a file inside an installed package, and stays as it is.
    """

    packages: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self._kept,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(_plain, info_arg=True),
        )

    def _kept(self, text: str) -> str:
        return text if self.packages and file_in_package(text) is not None else whole(text)


Location = Annotated[str, Whole()]
"""A file or folder: the type hint of a factory's argument such as `root: Location`.

A recipe may name it from the folder that ganlab is called in, or from the user's home, `~/photos`; the factory gets the
whole path, and so does the recipe that a run keeps. What lies there may move: a run goes on with
`--set dataset.root=NEW`.
"""

PackagedLocation = Annotated[str, Whole(packages=True)]
"""As `Location`; `PACKAGE:FILE` names a file inside an installed package."""


def whole(text: str) -> str:
    """A path from the root of the file system, links kept as they are.

    Raises:
        ValueError: it is empty, or from a folder that is not to be had.
    """
    if not text:
        raise ValueError("is empty; name a file or folder")
    path = user_path(text)
    if str(path).startswith("~"):
        raise ValueError(f"is {text!r}, and whose home that is is not known; give the whole path")
    try:
        return str(path.absolute())
    except (RuntimeError, OSError) as error:
        raise ValueError(f"is {text!r}, and from where is not known ({error}); give the whole path") from error


def file_in_package(text: str) -> Path | None:
    """The file that `PACKAGE:FILE` names; None where no such package is installed. Nothing is imported."""
    package, colon, inside = text.partition(":")
    spec = importlib.util.find_spec(package) if colon and package.isidentifier() else None
    paths = [Path(folder, inside) for folder in spec.submodule_search_locations or ()] if spec else []
    return next((path for path in paths if path.is_file()), paths[0] if paths else None)


def looked_for(path: Path) -> str:
    """A path as a message that misses something there names it, with where it begins if it was not given whole."""
    try:
        here = Path.cwd()
    except OSError:
        return f"'{path}'"
    if not path.is_relative_to(here):
        return f"'{path}'"
    return f"'{path}' (a path that is not whole begins in the folder that ganlab is called in, '{here}')"


def is_marked(value: Any) -> bool:
    """Whether a value of a serialisation with the context `MARKED` is a location, or a list with one in it."""
    if isinstance(value, list):
        return any(map(is_marked, value))
    return isinstance(value, str) and value.startswith(_MARK)


def _plain(value: Any, info: core_schema.SerializationInfo) -> Any:
    return f"{_MARK}{value}" if info.context == MARKED and isinstance(value, str) else value
