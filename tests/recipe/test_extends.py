"""A recipe builds on others: they merge below it, wherever they lie, and no chain of them goes on for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from tests.recipe.conftest import Write


def test_what_is_extended_goes_below_and_later_ones_above_earlier_ones(write: Write, plugins: Plugins) -> None:
    write("{steps: 5, batch_size: 16, seed: 1}", "first.yaml")
    write("{steps: 6, batch_size: 32}", "second.yaml")
    recipe = load_recipe(write("{extends: [first.yaml, second.yaml], steps: 7}"), plugins=plugins)
    assert (recipe.steps, recipe.batch_size, recipe.seed) == (7, 32, 1)
    assert "extends" not in to_yaml(recipe)


def test_paths_are_relative_to_the_file_that_names_them(write: Write, plugins: Plugins, tmp_path: Path) -> None:
    (tmp_path / "inner" / "parts").mkdir(parents=True)
    write("steps: 9", "inner/parts/steps.yaml")
    write("extends: [parts/steps.yaml]", "inner/one.yaml")
    assert load_recipe(write("extends: [inner/one.yaml]"), plugins=plugins).steps == 9


def test_a_shipped_recipe_and_an_absolute_path_can_be_extended(write: Write, plugins: Plugins, tmp_path: Path) -> None:
    write("steps: 9", "steps.yaml")
    recipe = load_recipe({"extends": ["core/default", str(tmp_path / "steps.yaml")]}, plugins=plugins)
    assert recipe.steps == 9


def test_null_drops_what_lies_below_all_of_them(write: Write, plugins: Plugins) -> None:
    write("metrics: {diversity: null}", "drop.yaml")
    assert load_recipe(write("extends: [drop.yaml]"), plugins=plugins).metrics == {}


def test_a_mistake_in_an_extended_file_is_told_with_its_place(write: Write, plugins: Plugins) -> None:
    write("stepps: 3", "below.yaml")
    with pytest.raises(GanlabError, match=r"^below\.yaml:1:1: stepps: unknown key; did you mean 'steps'"):
        load_recipe(write("extends: [below.yaml]"), plugins=plugins)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: other.yaml", r"a\.yaml:1:1: extends: takes a list of files or recipe names, not 'other\.yaml'"),
        ("extends: [3]", r"a\.yaml:1:1: extends: takes a list"),
        ("extends: [missing.yaml]", r"missing\.yaml: can't be read"),
        ("extends: [core/defautl]", "there is no recipe 'core/defautl'; did you mean 'core/default'"),
        ("extends: [a.yaml]", "a recipe extends itself"),
    ],
)
def test_what_cannot_be_extended(write: Write, plugins: Plugins, text: str, message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        load_recipe(write(text), plugins=plugins)


def test_a_circle_of_files_is_named(write: Write, plugins: Plugins) -> None:
    write("extends: [b.yaml]", "c.yaml")
    write("extends: [c.yaml]", "b.yaml")
    with pytest.raises(GanlabError, match=r"b\.yaml: extends: a recipe extends itself: .*b\.yaml -> .*c\.yaml -> "):
        load_recipe("b.yaml", plugins=plugins)


def test_a_chain_that_doubles_at_every_step_ends_early(write: Write, plugins: Plugins) -> None:
    write("steps: 3", "0.yaml")
    for level in range(1, 30):
        write(f"extends: [{level - 1}.yaml, {level - 1}.yaml]", f"{level}.yaml")
    with pytest.raises(GanlabError, match="these are more than 100 recipes"):
        load_recipe("29.yaml", plugins=plugins)


SECRETS = {
    "text": "hunter2\n",
    "a key": "hunter2: 1\n",
    "a key of a section": "checkpoint: {hunter2: 1}\n",
    "an argument": "networks: {trunk: {hunter2: 1}}\n",
    "a value": "steps: hunter2\n",
    "a value of a component": "dataset: {size: hunter2}\n",
    "a name": "dataset: {use: hunter2}\n",
    "a choice": "precision: hunter2\n",
    "a list": "audit: [hunter2]\n",
    "what it extends": "extends: hunter2\n",
    "a key twice": "hunter2: 1\nhunter2: 2\n",
    "a tag": "a: !hunter2 3\n",
    "an alias": "a: *hunter2\n",
    "an anchor twice": "[&hunter2 a, &hunter2 b]\n",
    "environment": "PASSWORD=hunter2\nOTHER: 'hunter2\n",
}


@pytest.mark.parametrize("content", SECRETS.values(), ids=SECRETS)
def test_a_file_that_is_merely_named_is_not_quoted_but_its_line_is_told(
    write: Write, plugins: Plugins, tmp_path: Path, content: str
) -> None:
    (tmp_path / "secret").write_text(content)
    with pytest.raises(GanlabError) as error:
        load_recipe(write("extends: [secret]"), plugins=plugins)
    assert "hunter2" not in str(error.value)
    assert str(error.value).startswith("secret:")


def test_the_same_in_a_recipe_that_the_user_names_is_quoted(write: Write, plugins: Plugins) -> None:
    with pytest.raises(GanlabError, match=r"a\.yaml:1:14: checkpoint\.evry: unknown key; did you mean 'every'"):
        load_recipe(write("checkpoint: {evry: 1}"), plugins=plugins)


def test_a_recipe_that_stands_alone_extends_no_other(write: Write, plugins: Plugins, tmp_path: Path) -> None:
    write("steps: 9", "steps.yaml")
    with pytest.raises(GanlabError, match="extends: a run's recipe is complete and extends no other; drop the key"):
        load_recipe(write("extends: [steps.yaml]"), alone=True, plugins=plugins)
