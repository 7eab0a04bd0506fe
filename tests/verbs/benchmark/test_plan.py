"""Which runs a benchmark has, and what a split means to a recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core import GanlabError, load_plugins
from ganlab_core.verbs.benchmark.plan import Cell, headline, plan


def cells(*recipes: object, splits: list[int] | None = None, overrides: tuple[str, ...] = ()) -> list[Cell]:
    return plan(list(map(str, recipes)), splits=splits, seeds=[3, 4], overrides=overrides, plugins=load_plugins())


def test_every_recipe_runs_on_every_split_with_every_seed(tiny_file: Path) -> None:
    other = tiny_file.with_name("other.yaml")
    other.write_text("extends: [tiny.yaml]")
    names = [cell.name for cell in cells(tiny_file, other, splits=[1, 2])]
    assert names == [
        f"{label}/split{split}-seed{seed}" for split in (1, 2) for seed in (3, 4) for label in ("tiny", "other")
    ]


def test_without_splits_the_recipe_s_own_is_taken(tiny_file: Path) -> None:
    assert [cell.name for cell in cells(tiny_file)] == ["tiny/seed3", "tiny/seed4"]


def test_a_split_is_the_seed_of_a_drawn_imbalance(tiny_file: Path) -> None:
    imbalance = cells(tiny_file, splits=[7])[0].recipe.dataset.arguments["imbalance"]
    assert (imbalance["seed"], imbalance["ratio"]) == (7, 5.0)


def test_a_split_is_the_row_of_an_imbalance_from_a_file(tiny_file: Path) -> None:
    overrides = ("dataset.imbalance={file: splits.csv, row: 1}",)
    imbalance = cells(tiny_file, splits=[7], overrides=overrides)[0].recipe.dataset.arguments["imbalance"]
    assert (imbalance["row"], imbalance["seed"]) == (7, 0)


def test_a_recipe_without_imbalance_has_no_splits(tiny_file: Path) -> None:
    with pytest.raises(GanlabError, match=r"tiny\.yaml: its dataset has no imbalance.*drop --splits"):
        cells(tiny_file, splits=[1], overrides=("~dataset.imbalance",))


def test_two_recipes_of_one_name_are_refused(tiny_file: Path) -> None:
    (tiny_file.parent / "inner").mkdir()
    twin = tiny_file.parent / "inner" / "tiny.yaml"
    twin.write_text(tiny_file.read_text())
    with pytest.raises(GanlabError, match="two recipes would be called 'tiny' in the table"):
        cells(tiny_file, twin)


def test_a_shipped_recipe_goes_by_its_name_alone() -> None:
    assert {cell.label for cell in cells("core/default")} == {"default"}


def test_a_shipped_recipe_named_as_another_keeps_its_plugin_s_name(tiny_file: Path) -> None:
    twin = tiny_file.with_name("default.yaml")
    twin.write_text(tiny_file.read_text())
    assert {cell.label for cell in cells("core/default", twin)} == {"core-default", "default"}


def test_a_benchmark_s_headline_is_the_first_that_its_recipes_metrics_have(tiny_file: Path) -> None:
    elastic = tiny_file.with_name("elastic.yaml")
    elastic.write_text("extends: [tiny.yaml]\nmetrics: {codes: {use: codes-used}, mutual: {use: nmi}}")
    assert headline(cells(tiny_file), plugins=load_plugins()) is None
    assert headline(cells(tiny_file, elastic), plugins=load_plugins()) == "nmi"


def test_another_setting_gives_another_hash(tiny_file: Path) -> None:
    one, other = cells(tiny_file)[0], cells(tiny_file, overrides=("batch_size=9",))[0]
    assert one.recipe_hash != other.recipe_hash
    assert one.recipe_hash == cells(tiny_file)[0].recipe_hash
