"""What a part must be before a plugin that gives it is let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS, Kind, roles
from ganlab_core.plugins.discovery import NAME
from ganlab_core.plugins.gathering import shortened, yielded

if TYPE_CHECKING:
    from ganlab_core.plugins.registry import Entry
    from ganlab_core.plugins.status import Giver


def stage(kind: Kind, given: object, giver: Giver) -> Iterator[Entry]:
    """What a part-giving hook returned, each of it checked.

    Raises:
        GanlabError: something that is not a component, or a component that no recipe could use.
    """
    from ganlab_core.plugins.registry import Entry

    for component in yielded(given, "Components"):
        if not isinstance(component, Component):
            raise GanlabError(f"gave {shortened(component)}, not a Component")
        try:
            _check_description(kind, component)
            entry = Entry(kind, component, giver)
            _check_signature(entry)
        except GanlabError as error:
            raise GanlabError(f"{kind} {component.name!r}: {error}") from error
        yield entry


def _check_description(kind: Kind, component: Component) -> None:
    if not isinstance(component.name, str) or not NAME.fullmatch(component.name):
        raise GanlabError("a name is lower-case words and digits joined by hyphens")
    if component.role not in KINDS[kind].roles:
        needs = f"a network needs a role ({', '.join(roles())})"
        rule = "only networks have a role" if None in KINDS[kind].roles else needs
        raise GanlabError(f"{rule}, and this one has {component.role!r}")
    if not isinstance(component.headline, str):
        raise GanlabError(f"its headline is {shortened(component.headline)}, not the key of a figure")
    if kind != "metric" and component.headline:
        raise GanlabError(f"only metrics have a headline, and this one has {component.headline!r}")
    if component.image_shape is not None and (kind != "dataset" or not callable(component.image_shape)):
        raise GanlabError("only a data set says its image_shape, by a function of its arguments")
    if not isinstance(component.requires, tuple) or not set(component.requires) <= set(roles()):
        raise GanlabError(f"requires {component.requires!r}; it is a tuple of roles, such as ('recognition',)")
    if not isinstance(component.companion, Mapping | Path):
        raise GanlabError(
            f"its companion is {shortened(component.companion)}, not a mapping or the path of a YAML file"
        )
    if not callable(component.factory):
        raise GanlabError(f"its factory is {shortened(component.factory)}, which can't be called")


def _check_signature(entry: Entry) -> None:
    """Read the factory's signature, so that one that can't be read is found now."""
    _ = entry.takes_specification
    names = [field.alias for field in entry.model.model_fields.values()]
    for reserved in entry.settings:
        if reserved in names:
            raise GanlabError(f"its argument {reserved!r} has a name that recipes need for something else")
