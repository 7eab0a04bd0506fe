"""The type that a recipe's value has by its address: what its section says, or its component's factory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.located import Address
from ganlab_core.recipe.settings import Part, Recipe


def type_at(values: Mapping[str, Any], keys: Address, plugins: Plugins) -> Any:
    """The annotation of the value at an address of a recipe; None where nothing is known of it.

    Args:
        values: the recipe so far; it says which component an argument belongs to.
    """
    for length in range(1, len(keys)):
        if _is_part(_inside(Recipe, keys[:length])):
            return _in_part(values, keys[:length], keys[length:], plugins)
    return _inside(Recipe, keys)


def takes_text_alone(annotation: Any) -> bool:
    """Whether all values of a type are text, or none at all: names, paths, one of several words."""
    members = [member for member in _members(annotation) if member is not NoneType]
    return bool(members) and all(map(_is_text, members))


def takes_whole_numbers_alone(annotation: Any) -> bool:
    """Whether of all numbers a type takes whole ones only."""
    members = _members(annotation)
    return int in members and float not in members


def takes_none(annotation: Any) -> bool:
    """Whether the value may be left out by null."""
    return NoneType in _members(annotation)


def _is_part(annotation: Any) -> bool:
    return any(isinstance(member, type) and issubclass(member, Part) for member in _members(annotation))


def _in_part(values: Any, address: Address, keys: Address, plugins: Plugins) -> Any:
    """Inside a component's part: a setting of the part, or an argument of the component that it uses now."""
    setting = _inside(Recipe, (*address, keys[0]))
    if setting is not None:
        return setting if len(keys) == 1 else None
    for key in address:
        values = values.get(key) if isinstance(values, Mapping) else None
    name = values.get("use") if isinstance(values, Mapping) else None
    for kind in KINDS.values():
        for place, role in kind.slots({str(address[-1]): None}):
            if list(place) == list(address) and isinstance(name, str):
                try:
                    return _inside(plugins.registries[kind.name].get(name, role).model, keys)
                except GanlabError:  # an unknown component, which the check of the whole recipe tells
                    return None
    return None


def _inside(annotation: Any, keys: Address) -> Any:
    """The annotation of a value at an address inside a type, through models, dataclasses, mappings and unions."""
    if not keys:
        return annotation
    for member in _members(annotation):
        inner = _field(member, keys[0])
        if inner is not None:
            return _inside(inner, keys[1:])
    return None


def _field(annotation: Any, key: str | int) -> Any:
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return members[1]
    if origin in (list, tuple) and members:
        return members[0]  # all the same in what recipes hold
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return get_type_hints(annotation, include_extras=True).get(str(key))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        return fields.get(str(key))
    return None


def _members(annotation: Any) -> list[Any]:
    """The types of a union, without what is said beside them; a type that is none alone."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [member for one in get_args(annotation) for member in _members(one)]
    return [annotation]


def _is_text(annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return all(isinstance(value, str) for value in get_args(annotation))
    return annotation is Path or annotation is str
