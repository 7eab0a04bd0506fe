"""What is above wins: files from left to right, shorthands with their companions, overrides in order."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.located import Place, located_at, merge
from ganlab_core.recipe.settings import Players, Recipe
from tests.recipe.conftest import Write


def both(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    return merge(located_at(below, "below"), located_at(above, "above")).values


def test_mappings_merge_key_by_key_and_keep_the_order_below() -> None:
    assert list(both({"a": {"x": 1, "y": 2}, "b": 3}, {"b": 4, "a": {"y": 5, "z": 6}}).items()) == [
        ("a", {"x": 1, "y": 5, "z": 6}),
        ("b", 4),
    ]


def test_another_component_drops_the_arguments_of_the_one_below() -> None:
    below = {"code": {"use": "categorical", "classes": 4}}
    assert both(below, {"code": {"use": "elastic", "warm": 2}}) == {"code": {"use": "elastic", "warm": 2}}
    assert both(below, {"code": {"use": "categorical", "x": 2}}) == {
        "code": {"use": "categorical", "classes": 4, "x": 2}
    }
    assert both(below, {"code": {"classes": 5}}) == {"code": {"use": "categorical", "classes": 5}}


def test_null_drops_a_key_and_lists_and_scalars_are_replaced() -> None:
    assert both({"a": 1, "b": [1, 2], "c": {"d": 1}}, {"a": None, "b": [3], "c": 2, "e": {"f": None}}) == {
        "b": [3],
        "c": 2,
        "e": {},
    }


def test_places_follow_the_values() -> None:
    merged = merge(located_at({"a": {"use": "x", "b": 1}, "c": 2}, "below"), located_at({"a": {"use": "y"}}, "above"))
    assert merged.place(("a", "b")) == Place("above")
    assert merged.place(("c",)) == Place("below")


def test_the_default_recipe_is_a_plain_dcgan_on_imbalanced_digits(plugins: Plugins) -> None:
    recipe = load_recipe(plugins=plugins)
    assert recipe.dataset.use == "digits"
    assert recipe.dataset.arguments["size"] == 16
    assert recipe.dataset.arguments["imbalance"]["ratio"] == 5.0
    assert {name: (part.use, part.arguments) for name, part in recipe.prior.items()} == {
        "noise": ("normal", {"dim": 16})
    }
    assert recipe.networks.generator.arguments["width"] == recipe.networks.trunk.arguments["width"] == 32
    assert recipe.networks.recognition is None
    assert [(name, part.use) for name, part in recipe.losses.items()] == [("adversarial", "nonsaturating")]
    assert [part.use for part in recipe.metrics.values()] == ["diversity"]


def test_files_merge_from_left_to_right(write: Write, plugins: Plugins) -> None:
    first = write("steps: 10\nbatch_size: 8\n", "a.yaml")
    second = write("steps: 20\n", "b.yaml")
    recipe = load_recipe(first, str(second), {"seed": 3}, plugins=plugins)
    assert (recipe.steps, recipe.batch_size, recipe.seed) == (20, 8, 3)


def test_a_player_s_setting_can_be_changed_alone(write: Write, plugins: Plugins) -> None:
    recipe = load_recipe(write("players: {generator: {learning_rate: 1e-3}}"), plugins=plugins)
    assert recipe.players.generator.learning_rate == 1e-3
    assert recipe.players.generator.owns == Players().generator.owns


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "core/defualt",
            "there is no recipe 'core/defualt'; did you mean 'core/default'? Give a .yaml file, or one of",
        ),
        ("../core/default", "there is no recipe '../core/default'"),
        ("nowhere.yaml", "nowhere.yaml: can't be read: No such file"),
        ({"steps": {1, 2}}, "the mapping given as a recipe holds {1, 2}, a set"),
        ({"device": "\ud800"}, "holds '\\ud800', which is no text that a file could hold"),
    ],
)
def test_a_source_that_is_no_recipe_is_an_error(write: Write, plugins: Plugins, source: Any, message: str) -> None:
    write("steps: 1")
    with pytest.raises(GanlabError) as error:
        load_recipe(source, plugins=plugins)
    assert message in str(error.value)


def test_a_mapping_without_end_is_an_error(plugins: Plugins) -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(GanlabError, match="is more than 32 levels deep"):
        load_recipe(endless, plugins=plugins)


def test_nothing_that_is_given_is_changed(plugins: Plugins) -> None:
    given = {"prior": {"code": {"use": "stretch", "classes": 3}}, "losses": {"consistency": {"weight": 2.0}}}
    before, companion = deepcopy(given), plugins.registries["prior"].get("stretch").component.companion
    companion_before = deepcopy(companion)
    overrides = ["prior.code.classes=4", "losses.consistency.weight=3", "~losses.adversarial"]
    load_recipe(given, prior="stretch", overrides=overrides, plugins=plugins)
    assert given == before
    assert companion == companion_before


def test_a_mapping_may_hold_paths_and_tuples(plugins: Plugins) -> None:
    recipe = load_recipe({"judge": {"weights": Path("w")}, "audit": {"allow": ("trunk",)}}, plugins=plugins)
    assert (recipe.judge.weights, recipe.audit.allow) == (str(Path("w").absolute()), ("trunk",))


def uses(recipe: Recipe) -> dict[str, str]:
    return {name: part.use for name, part in recipe.losses.items()}


def test_a_prior_s_name_swaps_the_code_and_brings_its_companion(plugins: Plugins) -> None:
    recipe = load_recipe(prior="stretch", plugins=plugins)
    assert list(recipe.prior) == ["noise", "code"]
    assert recipe.prior["code"].use == "stretch"
    assert recipe.networks.recognition is not None
    assert recipe.networks.recognition.arguments == {"hidden": 32}
    assert recipe.losses["consistency"].weight == 10.0
    assert recipe.losses["consistency"].arguments["temperature"] == 0.5


def test_files_go_above_a_companion_and_below_the_named_component(write: Write, plugins: Plugins) -> None:
    path = write(
        """
        prior: {code: {use: categorical, classes: 4}}
        losses: {consistency: {temperature: 2}}
        """
    )
    recipe = load_recipe(path, prior="stretch", plugins=plugins)
    assert recipe.prior["code"].arguments == {"classes": 10, "warm_up": None}
    assert recipe.losses["consistency"].arguments["temperature"] == 2.0
    assert recipe.losses["consistency"].weight == 10.0


def test_naming_the_component_that_is_there_keeps_its_arguments(write: Write, plugins: Plugins) -> None:
    recipe = load_recipe(write("prior: {code: {use: stretch, classes: 4}}"), prior="stretch", plugins=plugins)
    assert recipe.prior["code"].arguments["classes"] == 4


def test_a_loss_goes_to_its_slot_or_to_its_own_name(plugins: Plugins) -> None:
    recipe = load_recipe(losses=["hinge", "gradient-penalty"], plugins=plugins)
    assert uses(recipe) == {"adversarial": "hinge", "gradient_penalty": "gradient-penalty"}
    assert uses(load_recipe(losses=["agreement"], networks=["recognition"], plugins=plugins)) == {
        "adversarial": "nonsaturating",
        "consistency": "agreement",
    }


def test_a_network_takes_every_role_that_it_fills(plugins: Plugins) -> None:
    networks = load_recipe(networks=["infogan"], plugins=plugins).networks
    assert (networks.generator.use, networks.trunk.use, networks.discriminator.use) == ("infogan", "infogan", "linear")
    assert networks.generator.arguments == {"width": 64}


def test_a_prior_with_a_slot_of_its_own_goes_there(plugins: Plugins) -> None:
    recipe = load_recipe(prior="normal", plugins=plugins)
    assert {name: part.arguments for name, part in recipe.prior.items()} == {"noise": {"dim": 16}}


def test_a_dataset_replaces_the_dataset(plugins: Plugins) -> None:
    recipe = load_recipe(dataset="mnist", overrides=["dataset.root=somewhere"], plugins=plugins)
    assert (recipe.dataset.use, recipe.dataset.arguments["imbalance"]) == ("mnist", None)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"prior": "strech"}, "--prior strech: there is no prior 'strech'; did you mean 'stretch'? There is "),
        ({"networks": ["dcgam"]}, "--network dcgam: there is no network 'dcgam'; did you mean 'dcgan'?"),
        ({"losses": ["zebra"]}, "--loss zebra: there is no loss 'zebra'. There is agreement, gradient-penalty, "),
        ({"dataset": "mnst"}, "--dataset mnst: there is no dataset 'mnst'; did you mean 'mnist'"),
    ],
)
def test_an_unknown_name_is_an_error(plugins: Plugins, option: dict[str, Any], message: str) -> None:
    with pytest.raises(GanlabError) as error:
        load_recipe(plugins=plugins, **option)
    assert message in str(error.value)


def test_a_loss_that_takes_another_s_place_takes_over_when_it_counts(write: Write, plugins: Plugins) -> None:
    late = write("losses: {adversarial: {use: nonsaturating, weight: 3, starts: 5, ends: 9}}")
    fragment = write("losses: {adversarial: {use: hinge}}", "b.yaml")
    for recipe in (
        load_recipe(late, fragment, plugins=plugins),
        load_recipe(late, losses=["hinge"], plugins=plugins),
        load_recipe(late, overrides=["losses.adversarial.use=hinge"], plugins=plugins),
    ):
        adversarial = recipe.losses["adversarial"]
        assert (adversarial.use, adversarial.weight, adversarial.starts, adversarial.ends) == ("hinge", 1.0, 5, 9)
