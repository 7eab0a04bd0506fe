"""`Located`: a recipe's values with the place that each was written at, and how two of them merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ganlab_core.interface.kinds import KINDS

Address: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Place:
    """Where a value was written: a file with line and column from 1, or a command-line option, which has neither.

    Attributes:
        quoting: whether a message may say what stands there.
    """

    source: str
    line: int = 0
    column: int = 0
    quoting: bool = True

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True)
class Located:
    """Plain values (mappings, lists, scalars) and the place of each by its address."""

    values: dict[str, Any]
    places: Mapping[Address, Place] = field(default_factory=dict)

    def place(self, address: Address) -> Place:
        """Where the value at this address was written, or the nearest thing around it."""
        while address not in self.places and address:
            address = address[:-1]
        return self.places.get(address, Place("the recipe"))


def located_at(values: dict[str, Any], source: str) -> Located:
    """Values all of which come from one place without lines."""
    return Located(values, dict.fromkeys(addresses(values), Place(source)))


def merge(below: Located, above: Located) -> Located:
    """Both, where they differ the one above.

    Mappings merge key by key. A component (a mapping with `use`) under another one's name takes its place, arguments
    and all; a loss that takes another's place also takes over when it counts. Null drops a key.
    """
    values = _merged(below.values, above.values, ())
    kept = set(addresses(values))
    places = {address: place for address, place in below.places.items() if address in kept}
    return Located(values, {**places, **above.places})


def assign(recipe: Located, keys: Sequence[str], value: Any, source: str) -> Located:
    """The recipe with one value set, whatever was there; another `use` drops the old component's arguments."""
    values = deepcopy(recipe.values)
    parent = values
    for key in keys[:-1]:
        parent = parent.setdefault(key, {})
    if keys[-1] == "use" and parent.get("use") != value:
        schedule = _schedule(parent, keys[:-1])
        parent.clear()
        parent.update(schedule)
    parent[keys[-1]] = value
    here: Address = tuple(keys)
    kept = {address: place for address, place in recipe.places.items() if address[: len(here)] != here}
    above = {here[:length]: Place(source) for length in range(len(here))}
    inside = {(*here, *inner): Place(source) for inner in addresses(value)}
    return Located(values, {**above, **kept, **inside})


def addresses(value: object, start: Address = ()) -> Iterator[Address]:
    """The address of a value and of everything inside it."""
    yield start
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from addresses(inner, (*start, key))


def value_at(values: Any, address: Address) -> Any:
    """What stands at an address; None where nothing does."""
    for key in address:
        known = values if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()
        values = values[key] if key in known else None
    return values


def dotted(address: Address) -> str:
    """An address as `--set` takes it; a key that itself holds a dot is quoted."""
    return ".".join(f'"{part}"' if isinstance(part, str) and "." in part else str(part) for part in address)


def _schedule(part: Mapping[str, Any], address: Sequence[object]) -> dict[str, Any]:
    """When a loss counts, which belongs to its place in the recipe rather than to the component that fills it."""
    kept = [key for kind in KINDS.values() if [kind.section] == list(address[:-1]) for key in kind.schedule]
    return {key: part[key] for key in kept if key in part}


def _merged(below: Any, above: Any, address: Address) -> Any:
    if not isinstance(above, dict):
        return above
    if not isinstance(below, dict):
        below = {}
    elif "use" in below and above.get("use", below["use"]) != below["use"]:
        below = _schedule(below, address)
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(below.get(key), value, (*address, key))
    return result
