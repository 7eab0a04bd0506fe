"""A type annotation as a newcomer would say it: `int > 0`, `soft | hard`, `list of float`."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ganlab_core.interface.location import Whole
from ganlab_core.interface.share import OrShare

_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "multiple_of": "a multiple of"}


def type_text(annotation: Any) -> str:
    """What a recipe may write for a value of this type."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if any(isinstance(extra, Whole) for extra in arguments[1:]):
            return "path"
        or_share = " | share such as 30 %" if any(isinstance(extra, OrShare) for extra in arguments[1:]) else ""
        return " ".join([type_text(arguments[0]), *_constraints(arguments[1:])]) + or_share
    if origin is Literal:
        return " | ".join(map(str, arguments))
    if origin in (Union, types.UnionType):
        return " | ".join(map(type_text, arguments))
    if origin is tuple:
        return _tuple_text(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping of {type_text(arguments[1])}"
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return f"list of {type_text(arguments[0])}"
    if annotation is type(None):
        return "null"
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return "mapping of " + ", ".join(field.name for field in dataclasses.fields(annotation))
    return str(getattr(annotation, "__name__", annotation))


def _tuple_text(items: tuple[Any, ...]) -> str:
    if len(items) == 2 and items[1] is Ellipsis:
        return f"list of {type_text(items[0])}"
    return "[" + ", ".join(map(type_text, items)) + "]"


def _constraints(metadata: tuple[Any, ...]) -> list[str]:
    """The bounds among an annotation's extras: those of annotated-types, also where a pydantic `Field` holds them."""
    found = []
    for extra in metadata:
        for constraint in (extra, *getattr(extra, "metadata", ())):
            for name, sign in _SIGNS.items():
                if getattr(constraint, name, None) is not None:
                    found.append(f"{sign} {getattr(constraint, name)}")
    return [" and ".join(found)] if found else []
