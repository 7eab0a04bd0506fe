"""The check of a merged recipe: sections, names, arguments, and what one part needs of another; all errors at once."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.kinds import KINDS, PLACES, Holds
from ganlab_core.interface.location import MARKED, is_marked
from ganlab_core.interface.share import AS_WRITTEN, run_of
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.arguments import plain_values
from ganlab_core.plugins.registry import Entry
from ganlab_core.recipe.difference import leaves
from ganlab_core.recipe.idle import idle_losses
from ganlab_core.recipe.located import Address, Located, addresses
from ganlab_core.recipe.problems import Problem, did_you_mean, lines, problems_of
from ganlab_core.recipe.settings import Players, Recipe
from ganlab_core.recipe.value_types import takes_whole_numbers_alone, type_at

_EXACT = 2**53  # below it, a float that is whole is one whole number alone


@dataclass(frozen=True)
class _Chosen:
    """A part of a recipe and the component that it names."""

    address: Address
    part: Mapping[str, Any]
    entry: Entry

    @property
    def arguments(self) -> dict[str, Any]:
        """What the factory gets."""
        return {key: value for key, value in self.part.items() if key not in self.entry.settings}


@dataclass(frozen=True)
class _Filled:
    """A part's arguments as YAML values: with numbers in place of shares, as they were written, locations marked."""

    chosen: _Chosen
    arguments: Mapping[str, Any] = field(default_factory=dict)
    as_written: Mapping[str, Any] = field(default_factory=dict)
    marked: Mapping[str, Any] = field(default_factory=dict)


def checked(recipe: Located, plugins: Plugins, *, lenient: bool = False) -> Recipe:
    """The typed recipe, every argument's default filled in, and every share of a run whose steps it says a number.

    Args:
        lenient: pass over names of parts that are built late where no plugin gives them.

    Raises:
        GanlabError: with every error, a line each.
    """
    problems: list[Problem] = []
    found = examined(recipe.values, plugins, problems, lenient=lenient)
    if found is None:
        raise GanlabError(*lines(problems, recipe))
    return found


def examined(
    values: dict[str, Any], plugins: Plugins, problems: list[Problem], *, lenient: bool = False
) -> Recipe | None:
    """As `checked`, of values without their places; None if there are problems, which are added to the list."""
    problems += _unusable_numbers(values)
    if problems:
        return None
    values = _with_whole_numbers(values, plugins)
    run = run_of(_steps(values))
    typed = _typed(values, run, problems)
    chosen = list(_chosen(values, plugins, problems, lenient=lenient))
    filled = [_checked_arguments(one, run, problems) for one in chosen]
    problems += _missing_roles(values, chosen, plugins)
    problems += (*_wrong_owners(typed), *idle_losses(typed)) if typed else ()
    return None if problems else _completed(values, run, filled)


def _steps(values: Mapping[str, Any]) -> int | None:
    """The steps of the run; None where they are epochs, or wrong."""
    steps = values.get("steps")
    return steps if isinstance(steps, int) and not isinstance(steps, bool) and steps > 0 else None


def _unusable_numbers(values: dict[str, Any]) -> Iterator[Problem]:
    """Numbers that JSON, tensors or a random generator could not hold."""
    for address in addresses(values):
        value: Any = values
        for key in address:
            value = value[key]
        if isinstance(value, float) and not math.isfinite(value):
            yield Problem(address, f"{value} is not a finite number")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            yield Problem(address, "is a number that does not fit into 64 bits")


def _with_whole_numbers(values: dict[str, Any], plugins: Plugins) -> dict[str, Any]:
    """The same, with 1000 for `1e3` where a whole number belongs: to YAML a float, it can mean nothing else there."""

    def whole(value: Any, address: Address) -> Any:
        if isinstance(value, dict):
            return {key: whole(inner, (*address, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [whole(inner, (*address, place)) for place, inner in enumerate(value)]
        if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
            return int(value) if takes_whole_numbers_alone(type_at(values, address, plugins)) else value
        return value

    found: dict[str, Any] = whole(values, ())
    return found


def _typed(values: dict[str, Any], run: Mapping[str, Any], problems: list[Problem]) -> Recipe | None:
    """The recipe as far as `settings.py` says what it holds; a component's arguments are not looked at."""
    try:
        return Recipe.model_validate_json(json.dumps(values), strict=True, context=run)
    except ValidationError as error:
        problems += problems_of(error, Recipe, values)
        return None


def _chosen(
    values: Mapping[str, Any], plugins: Plugins, problems: list[Problem], *, lenient: bool
) -> Iterator[_Chosen]:
    """The recipe's parts with their components; an unknown name is a problem, where `lenient` not of a late kind."""
    slots = ((kind.name, *slot) for kind in KINDS.values() for slot in kind.slots(values.get(kind.section)))
    for kind, address, role in slots:
        part: Any = values
        for key in address:
            part = part.get(key) if isinstance(part, dict) else None
        if isinstance(part, dict) and isinstance(part.get("use"), str):
            try:
                yield _Chosen(address, part, plugins.registries[kind].get(part["use"], role))
            except GanlabError as error:
                if not (lenient and KINDS[kind].late):
                    problems.append(Problem((*address, "use"), str(error)))


def _checked_arguments(chosen: _Chosen, run: Mapping[str, Any], problems: list[Problem]) -> _Filled:
    """The component's arguments as YAML values, defaults filled in; empty if something is wrong with them."""
    entry = chosen.entry
    try:
        arguments = entry.check(chosen.arguments, context=run)
        return _Filled(chosen, *(plain_values(arguments, context=context) for context in (None, AS_WRITTEN, MARKED)))
    except ValidationError as error:
        problems += problems_of(error, entry.model, chosen.arguments, at=chosen.address, also=entry.settings)
    except Exception as error:  # a check of the plugin's own, such as a dataclass's __post_init__
        text = str(error) if isinstance(error, GanlabError) else f"{type(error).__name__} in {entry.giver}: {error}"
        problems.append(Problem(chosen.address, text))
    return _Filled(chosen)


def _missing_roles(values: Mapping[str, Any], chosen: Iterable[_Chosen], plugins: Plugins) -> Iterator[Problem]:
    networks = values.get("networks")
    present = [role for role, part in networks.items() if part] if isinstance(networks, dict) else []
    for one in chosen:
        for role in one.entry.component.requires:
            if role not in present:
                names = ", ".join(plugins.registries["network"].names(role))
                fragment = f"networks: {{{role}: {{use: NAME}}}}"
                yield Problem(
                    one.address, f"{one.entry} needs a {role} network; add `{fragment}`; NAME is one of {names}"
                )


def _wrong_owners(recipe: Recipe) -> Iterator[Problem]:
    """Names of what no recipe has, or this one doesn't, and what both players claim."""
    learning = [kind.section for kind in KINDS.values() if kind.learns and kind.holds is Holds.NAMES]
    holders: dict[str, Collection[str]] = {section: getattr(recipe, section) for section in learning}
    owners: dict[str, str] = {}
    for player in Players.model_fields:
        for index, name in enumerate(getattr(recipe.players, player).owns):
            address = ("players", player, "owns", index)
            root, _, inner = name.partition(".")
            if root not in (*PLACES, *holders):
                yield Problem(address, f"there is no {name!r} to own" + did_you_mean(root, (*PLACES, *holders)))
            elif inner and root in holders and inner.partition(".")[0] not in holders[root]:
                yield Problem(address, f"{root} has no {inner!r} to own" + did_you_mean(inner, holders[root]))
            elif name in owners:
                yield Problem(address, f"{name!r} is already owned by the {owners[name]}; a parameter has one owner")
            owners[name] = player


def _completed(values: dict[str, Any], run: Mapping[str, Any], filled: Sequence[_Filled]) -> Recipe:
    """The recipe with every argument, which knows what of it was given as a share, and what names a file or folder."""
    complete = _with_arguments(values, ((one.chosen, one.arguments) for one in filled))
    recipe = Recipe.model_validate_json(json.dumps(complete), strict=True, context=run)
    settled = dict(leaves(recipe.model_dump(mode="json")))
    written = leaves(_with_arguments(values, ((one.chosen, one.as_written) for one in filled)))
    marked = recipe.model_dump(mode="json", context=MARKED)
    marked = _with_arguments(marked, ((one.chosen, one.marked) for one in filled))
    return recipe.noting(
        shares=(key for key, value in written if isinstance(value, str) and value != settled[key]),
        locations=(key for key, value in leaves(marked) if is_marked(value)),
    )


def _with_arguments(values: dict[str, Any], arguments: Iterable[tuple[_Chosen, Mapping[str, Any]]]) -> dict[str, Any]:
    complete = deepcopy(values)
    for chosen, filled in arguments:
        section: Any = complete
        for key in chosen.address[:-1]:
            section = section[key]
        kept = {key: value for key, value in chosen.part.items() if key in chosen.entry.settings}
        section[chosen.address[-1]] = {**kept, **filled}
    return complete
