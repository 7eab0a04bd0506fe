"""`load_recipe`: from files, shorthands and overrides to one checked, complete recipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial, reduce
from typing import Any

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.check import checked
from ganlab_core.recipe.located import Located, located_at, merge
from ganlab_core.recipe.overrides import apply_override
from ganlab_core.recipe.settings import Recipe
from ganlab_core.recipe.shorthands import read_shorthands
from ganlab_core.recipe.sources import DEFAULT, Source, read_layers

COMPLETE = "complete"


def load_recipe(
    *sources: Source,
    overrides: Iterable[str] = (),
    prior: str | None = None,
    networks: Sequence[str] = (),
    losses: Sequence[str] = (),
    dataset: str | None = None,
    features: str | None = None,
    lenient: bool = False,
    alone: bool = False,
    plugins: Plugins | None = None,
) -> Recipe:
    """The recipe of a run, checked, with every argument's default filled in.

    Merged, the later above the earlier: the default recipe, companions of the named components, `sources` from left to
    right, the named components, `overrides`; what one of these `extends` goes just below it. A source that says
    `complete: true`, as a run folder's does, takes the place of the default recipe.

    Args:
        sources: paths of YAML files, names such as `elastic/digits` of shipped recipes, or mappings.
        overrides: as `--set` takes them: `a.b=value`, `+a.b=value`, `~a.b`; see `ganlab_core.recipe.overrides`.
        prior: the prior component that `prior.code` (or the component's own slot) shall use.
        networks: network components, each for every role that it fills.
        losses: loss components, each in its slot, or else under its own name.
        dataset: the data set component.
        features: the feature network component.
        lenient: pass over names of parts that are built late (`PartKind.late`) where no plugin gives them, as for a
            run that is only looked at.
        alone: refuse sources that extend others, as for a run folder's recipe: it may be a stranger's, and what it
            extends would be read from anywhere and shown.
        plugins: loaded plugins; the installed ones if left out.

    Raises:
        GanlabError: with every error of the merged recipe, a line each, with file, line and column.
    """
    plugins = plugins or load_plugins()
    defaults = reduce(merge, read_layers(DEFAULT, plugins), located_at(_settings(), "the default settings"))
    given = [layer for source in sources for layer in read_layers(source, plugins, alone=alone)]
    base, above = _split([defaults, *given])
    shorthands = read_shorthands(
        plugins, prior=prior, networks=networks, losses=losses, dataset=dataset, features=features
    )
    layers = [*(layer for one in shorthands for layer in one.companion), *above, *(one.swap for one in shorthands)]
    set_by_options = partial(apply_override, plugins=plugins)
    return checked(reduce(set_by_options, overrides, reduce(merge, layers, base)), plugins, lenient=lenient)


def _settings() -> dict[str, Any]:
    """The settings that are not components, by their defaults."""
    fields = Recipe.model_fields.items()
    defaults = {name: field.get_default() for name, field in fields if not field.is_required()}
    return Recipe.model_construct(**defaults).model_dump(mode="json")


def _split(recipes: Sequence[Located]) -> tuple[Located, Sequence[Located]]:
    """The last complete recipe and those after it."""
    for recipe in recipes:
        if recipe.values.get(COMPLETE, True) is not True:
            raise GanlabError(f"{recipe.place((COMPLETE,))}: {COMPLETE}: is true or left out")
    start = max([0, *(index for index, recipe in enumerate(recipes) if COMPLETE in recipe.values)])
    first, *rest = recipes[start:]
    return Located({key: value for key, value in first.values.items() if key != COMPLETE}, first.places), rest
