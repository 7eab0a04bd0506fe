"""`--prior NAME`, `--network NAME`, `--loss NAME`, `--dataset NAME`: a component put in its usual place.

Its companion fragment, the lines that it is usually used with, goes below the recipe's own files; the component
itself goes above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ganlab_core.component import GanlabError, Kind
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.located import Located, located_at
from ganlab_core.recipe.sources import plain_mapping
from ganlab_core.registry import Entry


@dataclass(frozen=True)
class Shorthand:
    """One option: what it puts where, and its component's companion."""

    companion: Located
    swap: Located


def read_shorthands(
    plugins: Plugins, *, prior: str | None, networks: Sequence[str], losses: Sequence[str], dataset: str | None
) -> list[Shorthand]:
    """What the options ask for.

    Raises:
        GanlabError: an unknown name.
    """
    asked: list[tuple[Kind, str]] = [("dataset", dataset)] if dataset else []
    asked += [("prior", prior)] if prior else []
    asked += [("network", name) for name in networks] + [("loss", name) for name in losses]
    return [_shorthand(entry, f"--{kind} {name}") for kind, name in asked for entry in _entries(kind, name, plugins)]


def _entries(kind: Kind, name: str, plugins: Plugins) -> list[Entry]:
    """The component of this name; a network's for every role that it fills."""
    registry = plugins.registries[kind]
    try:
        return [registry.get(name, role) for role in registry.roles(name) or (None,)]
    except GanlabError as error:
        raise GanlabError(f"--{kind} {name}: {error}") from error


def _shorthand(entry: Entry, option: str) -> Shorthand:
    companion = plain_mapping(entry.component.companion, f"the companion fragment of {entry}")
    return Shorthand(located_at(companion, f"the companion of {option}"), located_at(_swap(entry), option))


def _swap(entry: Entry) -> dict[str, Any]:
    part = {"use": entry.name}
    slot = entry.component.slot
    if entry.kind == "prior":
        return {"prior": {slot or "code": part}}
    if entry.kind == "loss":
        return {"losses": {slot or entry.name.replace("-", "_"): part}}
    if entry.kind == "network":
        return {"networks": {str(entry.component.role): part}}
    return {"dataset": part}
