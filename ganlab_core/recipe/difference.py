"""What differs between two recipes, value by value."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.shell import shell_command
from ganlab_core.recipe.idle import idle_losses
from ganlab_core.recipe.located import dotted
from ganlab_core.recipe.settings import Recipe

log = logging.getLogger(__name__)

MAY_CHANGE = ("steps", "device", "threads")
"""What may change of a run's recipe without a fork, beside where its files lie (`moved`)."""


@dataclass(frozen=True)
class Difference:
    """A value by its address, such as `prior.code.classes`; None on the side that lacks it."""

    key: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.key}: {self.before!r} -> {self.after!r}"


def differences(before: Recipe, after: Recipe) -> list[Difference]:
    """Every value that differs, in the order of the recipes' keys."""
    old, new = (dict(leaves(recipe.model_dump(mode="json"))) for recipe in (before, after))
    return [
        Difference(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def moved(before: Recipe, after: Recipe) -> frozenset[str]:
    """The keys of files and folders that lie elsewhere by now; what they hold is for the caller to check."""
    return frozenset(
        one.key
        for one in differences(before, after)
        if one.key in after.locations and isinstance(one.before, str) and isinstance(one.after, str)
    )


def require_same(before: Recipe, after: Recipe, *, allowed: Collection[str], run: Path) -> None:
    """Check that a run goes on with its own recipe.

    Args:
        allowed: the keys that may differ.

    Raises:
        GanlabError: shows each other difference, and the way to a run of its own.
    """
    found = [one for one in differences(before, after) if one.key not in allowed]
    if found:
        fork = shell_command("ganlab", "train", "--resume", run, "--fork", "NEW", "--set", "...")
        raise GanlabError(
            f"{run} was trained with another recipe:",
            *(f"  {one}" for one in found),
            "A run keeps its recipe; only its steps, device, threads and the places of its files may change. To go on "
            f"from it with these changes, make a run of its own: {fork}",
        )


def continued(known: Recipe, asked: Recipe, *, run: Path) -> Recipe:
    """The recipe with which a run goes on where another call asks for it: its own, with what of the call's may change.

    What the call gives as a share of the run became a number when the run began, and stays that.

    Raises:
        GanlabError: they differ in anything else, or a loss of the run would count in no step.
    """
    settled = [one for one in differences(known, asked) if one.key in asked.shares and isinstance(one.before, int)]
    elsewhere = moved(known, asked)
    require_same(known, asked, allowed=(*MAY_CHANGE, *elsewhere, *(one.key for one in settled)), run=run)
    for one in settled:
        log.warning(
            "%s: %s stays, as the run began; of %s steps it would be %s", one.key, one.before, asked.steps, one.after
        )
    found = _with_values_of(asked, known, keys={*MAY_CHANGE, *elsewhere})
    for problem in idle_losses(found):
        raise GanlabError(f"{dotted(problem.address)}: {problem.text}")
    return found


def _with_values_of(other: Recipe, recipe: Recipe, *, keys: Collection[str]) -> Recipe:
    """A recipe with another one's values at these keys."""
    values = recipe.model_dump(mode="json")
    for key, value in leaves(other.model_dump(mode="json")):
        if key in keys:
            *above, last = key.split(".")
            reduce(getitem, above, values)[last] = value
    changed = Recipe.model_validate_json(json.dumps(values), strict=True)
    return changed.noting(shares=recipe.shares, locations=other.locations)


def leaves(values: Mapping[str, Any], address: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested mappings with its dotted address, in their order; an empty mapping is a value."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{address}{key}.")
        else:
            yield f"{address}{key}", value
