"""`--prior NAME`, `--network NAME`, `--loss NAME`, `--dataset NAME`, `--features NAME`: a component put in its place.

Its companion fragment, the lines that it is usually used with, goes below the recipe's own files; the component
itself goes above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS, Holds, Kind
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.recipe.located import Located, located_at
from ganlab_core.recipe.sources import read_layers


@dataclass(frozen=True)
class Shorthand:
    """One option: what it puts where, and its component's companion."""

    companion: list[Located]
    swap: Located


def read_shorthands(
    plugins: Plugins,
    *,
    prior: str | None,
    networks: Sequence[str],
    losses: Sequence[str],
    dataset: str | None,
    features: str | None = None,
) -> list[Shorthand]:
    """What the options ask for.

    Raises:
        GanlabError: an unknown name.
    """
    asked: list[tuple[Kind, str]] = [("dataset", dataset)] if dataset else []
    asked += [("features", features)] if features else []
    asked += [("prior", prior)] if prior else []
    asked += [("network", name) for name in networks] + [("loss", name) for name in losses]
    found = [(entry, f"--{kind} {name}") for kind, name in asked for entry in _entries(kind, name, plugins)]
    return [_shorthand(entry, option, plugins) for entry, option in found]


def _entries(kind: Kind, name: str, plugins: Plugins) -> list[Entry]:
    """The component of this name; a network's for every role that it fills."""
    registry = plugins.registries[kind]
    try:
        return [registry.get(name, role) for role in registry.roles(name) or (None,)]
    except GanlabError as error:
        raise GanlabError(f"--{kind} {name}: {error}") from error


def _shorthand(entry: Entry, option: str, plugins: Plugins) -> Shorthand:
    companion = read_layers(entry.component.companion, plugins, what=f"the companion of {option}")
    return Shorthand(companion, located_at(_swap(entry), option))


def _swap(entry: Entry) -> dict[str, Any]:
    kind, part = KINDS[entry.kind], {"use": entry.name}
    if kind.holds is Holds.ONE:
        return {kind.section: part}
    slot = entry.component.role or entry.component.slot or kind.slot or entry.name.replace("-", "_")
    return {kind.section: {slot: part}}
