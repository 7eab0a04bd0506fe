"""The kinds of parts, a record each: what a kind is called, which hook gives it, and how a recipe holds its parts.

A new kind is a record in `KINDS`, its hook in `hookspecs.py` and its section in `recipe/settings.py`; a new role is an
entry of `PLACES`. Everything else that must know them reads them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Kind: TypeAlias = str
"""A key of `KINDS`."""

Role: TypeAlias = str
"""What a network is for; a value of `PLACES`."""

PLACES: Mapping[str, Role] = {
    "generator": "generator",
    "trunk": "trunk",
    "discriminator": "discriminator",
    "recognition": "recognition",
    "recognition_trunk": "trunk",
}
"""The keys under a recipe's `networks`, and the role that each is filled from."""


def roles() -> tuple[Role, ...]:
    """Every role that a network may fill, each once."""
    return tuple(dict.fromkeys(PLACES.values()))


class Holds(Enum):
    """How a recipe's section holds parts."""

    ONE = "one part"
    PLACES = "a part for each place, filled from a role"
    NAMES = "parts by names that the recipe gives them"


@dataclass(frozen=True, kw_only=True)
class PartKind:
    """One kind of part.

    Args:
        name: what `ganlab show` and messages call a part of this kind.
        plural: what `ganlab list` calls them.
        hook: the hook that gives them.
        section: the key of a recipe that holds them.
        holds: how it does.
        slot: the name that `--KIND NAME` puts a part at where its component names no slot; the component's own name,
            with underscores, if left out.
        settings: keys of a part, beside `use`, that are the recipe's and no arguments of the factory.
        schedule: those of `settings` that belong to the place in the recipe and stay when another part fills it.
        learns: whether parts may have parameters, drawn when they are built, that a player owns.
        late: whether a run is loaded without such a part, which is built when it is asked for.
    """

    name: Kind
    plural: str
    hook: str
    section: str
    holds: Holds = Holds.NAMES
    slot: str = ""
    settings: tuple[str, ...] = ()
    schedule: tuple[str, ...] = ()
    learns: bool = False
    late: bool = False

    @property
    def roles(self) -> tuple[Role | None, ...]:
        """The roles that parts of this kind fill; None alone where they fill none."""
        return roles() if self.holds is Holds.PLACES else (None,)

    def slots(self, held: object) -> Iterator[tuple[tuple[str, ...], Role | None]]:
        """Every address of a recipe that may name such a part, and its role, where the section holds `held`."""
        if self.holds is Holds.ONE:
            yield (self.section,), None
        elif self.holds is Holds.PLACES:
            yield from (((self.section, place), role) for place, role in PLACES.items())
        else:
            yield from (((self.section, name), None) for name in (held if isinstance(held, dict) else ()))


KINDS: Mapping[Kind, PartKind] = {
    kind.name: kind
    for kind in (
        PartKind(
            name="network",
            plural="networks",
            hook="ganlab_networks",
            section="networks",
            holds=Holds.PLACES,
            learns=True,
        ),
        PartKind(name="prior", plural="priors", hook="ganlab_priors", section="prior", slot="code", learns=True),
        PartKind(
            name="loss",
            plural="losses",
            hook="ganlab_losses",
            section="losses",
            settings=("weight", "starts", "ends"),
            schedule=("starts", "ends"),
            learns=True,
        ),
        PartKind(name="dataset", plural="datasets", hook="ganlab_datasets", section="dataset", holds=Holds.ONE),
        PartKind(name="metric", plural="metrics", hook="ganlab_metrics", section="metrics"),
        PartKind(
            name="features",
            plural="features",
            hook="ganlab_features",
            section="features",
            holds=Holds.ONE,
            late=True,
        ),
    )
}
