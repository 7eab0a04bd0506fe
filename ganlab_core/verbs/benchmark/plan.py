"""Which runs a benchmark consists of: every recipe on every split with every seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.fit import require_fit
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe

_MOST = 10_000


@dataclass(frozen=True)
class Cell:
    """One run: a recipe's short name in the table, the split (None: the recipe's own), the seed, the checked recipe."""

    label: str
    split: int | None
    seed: int
    recipe: Recipe

    @property
    def name(self) -> str:
        """Where its files lie below the benchmark's folder, without suffix."""
        split = "" if self.split is None else f"split{self.split}-"
        return f"{self.label}/{split}seed{self.seed}"

    @property
    def recipe_hash(self) -> str:
        """SHA-256 of the complete recipe: results of another one are not taken for this one's."""
        return hashlib.sha256(to_yaml(self.recipe).encode()).hexdigest()


def plan(
    recipes: Sequence[str],
    *,
    splits: Sequence[int] | None,
    seeds: Sequence[int],
    overrides: Sequence[str],
    plugins: Plugins,
) -> list[Cell]:
    """The runs, all recipes of a split and seed before the next, so that an unfinished table compares like with like.

    A split N is row N where the recipe's imbalance has a `file`, else the imbalance's seed N.

    Raises:
        GanlabError: a recipe is wrong or has no imbalance to take splits of, two recipes have one short name, or there
            would be more than 10,000 runs.
    """
    labels = _labels(recipes)
    if (runs := len(recipes) * len(splits or (None,)) * len(seeds)) > _MOST:
        raise GanlabError(f"these are {runs:,} runs; name fewer seeds or splits, for at most {_MOST:,}")
    return [
        Cell(label, split, seed, _recipe(recipe, split, [*overrides, f"seed={seed}"], plugins))
        for split in (splits or (None,))
        for seed in seeds
        for recipe, label in zip(recipes, labels, strict=True)
    ]


def unfit(cells: Sequence[Cell], *, plugins: Plugins) -> dict[str, str]:
    """What is wrong with a recipe that cannot be trained here, by its label: to be told before hours of others."""
    found: dict[str, str] = {}
    for cell in {cell.label: cell for cell in cells}.values():
        try:
            require_fit(cell.recipe, plugins)
        except GanlabError as error:
            found[cell.label] = str(error)
    return found


def headline(cells: Sequence[Cell], *, plugins: Plugins) -> str | None:
    """The first headline that a recipe's metrics have; None if none has any."""
    metrics = plugins.registries["metric"]
    found = (metrics.get(part.use).component.headline for cell in cells for part in cell.recipe.metrics.values())
    return next(filter(None, found), None)


def _labels(recipes: Sequence[str]) -> list[str]:
    """A short name for each recipe; shipped ones that would share one, as two plugins' may, keep their plugin's too."""
    short = [_label(recipe) for recipe in recipes]
    labels = [
        label if short.count(label) == 1 or Path(recipe).suffix else recipe.replace("/", "-")
        for recipe, label in zip(recipes, short, strict=True)
    ]
    for label in labels:
        if labels.count(label) > 1:
            raise GanlabError(f"two recipes would be called {label!r} in the table; rename one file, or drop one")
    return labels


def _label(recipe: str) -> str:
    """A file's stem, or a shipped recipe's name without its plugin's."""
    return Path(recipe).stem if Path(recipe).suffix else recipe.rpartition("/")[2]


def _recipe(source: str, split: int | None, overrides: Sequence[str], plugins: Plugins) -> Recipe:
    recipe = load_recipe(source, overrides=overrides, plugins=plugins)
    if split is None:
        return recipe
    imbalance = recipe.dataset.arguments.get("imbalance")
    if not isinstance(imbalance, dict):
        raise GanlabError(f"{source}: its dataset has no imbalance, so there are no splits of it; drop --splits")
    key = "row" if imbalance.get("file") is not None else "seed"
    return load_recipe(source, overrides=[*overrides, f"dataset.imbalance.{key}={split}"], plugins=plugins)
