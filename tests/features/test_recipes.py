"""The section `features` of a recipe: checked, listed, shown, named with an option, frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core import GanlabError, Plugins, load_plugins, load_recipe
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.schema import json_schema
from ganlab_core.testing.fixtures import Ganlab
from tests.features.conftest import FILE


def test_a_recipe_has_features_only_where_it_says_so_and_their_defaults_are_filled_in(
    tiny: dict[str, Any], recipe: dict[str, Any], plugins: Plugins
) -> None:
    found = load_recipe(recipe, plugins=plugins).features
    assert found is not None
    assert found.model_dump() == {"use": "brightness", "size": 24, "scale": 1.0}
    del tiny["features"]
    assert load_recipe(tiny, plugins=plugins).features is None


def test_the_option_names_them_and_an_override_drops_them(recipe: dict[str, Any], plugins: Plugins) -> None:
    del recipe["features"]
    found = load_recipe(recipe, features="brightness", overrides=["features.scale=2"], plugins=plugins).features
    assert found is not None
    assert found.arguments == {"size": 24, "scale": 2.0}
    assert load_recipe(recipe, features="brightness", overrides=["~features"], plugins=plugins).features is None
    with pytest.raises(
        GanlabError, match="--features bright: there is no features 'bright'; did you mean 'brightness'"
    ):
        load_recipe(recipe, features="bright", plugins=plugins)


def test_wrong_arguments_are_named_with_their_place(recipe: dict[str, Any], plugins: Plugins) -> None:
    with pytest.raises(GanlabError, match=r"features\.sice: unknown key; did you mean 'size'"):
        load_recipe(recipe, {"features": {"sice": 3}}, plugins=plugins)


def test_what_no_plugin_gives_is_an_error_unless_a_run_is_only_looked_at(recipe: dict[str, Any]) -> None:
    alone = load_plugins({"GANLAB_PLUGINS": ""})
    recipe["networks"].pop("recognition")
    recipe["losses"].pop("seen")
    with pytest.raises(GanlabError, match=r"features\.use: there is no features 'brightness'"):
        load_recipe(recipe, plugins=alone)
    kept = load_recipe(recipe, lenient=True, plugins=alone).features
    assert kept is not None
    assert kept.use == "brightness"
    with pytest.raises(GanlabError, match=r"losses\.seen\.use: there is no loss 'seen'"):
        load_recipe(recipe, {"losses": {"seen": {"use": "seen"}}}, lenient=True, plugins=alone)


def test_a_frozen_recipe_is_read_back_as_an_equal_one(recipe: dict[str, Any], plugins: Plugins, tmp_path: Path) -> None:
    found = load_recipe(recipe, plugins=plugins)
    (tmp_path / "frozen.yaml").write_text(to_yaml(found))
    assert load_recipe(tmp_path / "frozen.yaml", plugins=plugins) == found


def test_an_editor_knows_them(plugins: Plugins) -> None:
    schema = json_schema(plugins)
    assert {"$ref": "#/$defs/features"} in schema["properties"]["features"]["anyOf"]
    (given,) = [one for one in schema["$defs"]["features"]["oneOf"] if one["title"] == "features brightness"]
    assert set(given["properties"]) == {"use", "size", "scale"}


def test_they_are_listed_shown_and_validated(recipe: dict[str, Any], ganlab: Ganlab, tmp_path: Path) -> None:
    assert "brightness" in ganlab("--plugin", FILE, "list", "features").out
    shown = ganlab("--plugin", FILE, "show", "features", "brightness").out
    assert "features brightness: How bright an image is as a whole" in shown
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    assert ganlab("--plugin", FILE, "validate", "recipe.yaml").code == 0
    refused = ganlab("validate", "recipe.yaml")
    assert refused.code == 1
    assert "features.use: there is no features 'brightness'" in refused.err


def test_the_package_that_gives_a_known_one_is_named(recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab_core.plugins.known._is_installed", lambda distribution: False)
    recipe["features"] = {"use": "efficientnet-lite0"}
    with pytest.raises(GanlabError, match=r"features\.use: .*given by ganlab-features, which is not installed; .*pip"):
        load_recipe(recipe, plugins=load_plugins({"GANLAB_PLUGINS": ""}))
