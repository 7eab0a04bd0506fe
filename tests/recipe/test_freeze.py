"""A frozen recipe is complete and reads back as an equal one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganlab_core.plugins import Plugins
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from tests.recipe.conftest import Write

RECIPES: dict[str, dict[str, Any]] = {
    "default": {},
    "companion": {"prior": "stretch"},
    "dropped": {"overrides": ["~losses.adversarial", "+losses.hinge={use: hinge}", "~dataset.imbalance"]},
    "replaced": {"networks": ["infogan"], "dataset": "mnist", "overrides": ["dataset.root='010'"]},
    "small numbers": {"overrides": ["players.generator.learning_rate=1e-7", "losses.adversarial.weight=-1e22"]},
    "odd names": {
        "overrides": [
            '+players.generator.groups."prior.code".learning_rate=1e-3',
            "+losses.no={use: r1}",
            "device='1e3'",
        ]
    },
    "order": {"overrides": ["+prior.a={use: uniform}", "~prior.noise", "+prior.noise={use: normal}"]},
}


@pytest.mark.parametrize("options", RECIPES.values(), ids=RECIPES)
def test_reads_back_as_equal_and_in_order(write: Write, plugins: Plugins, options: dict[str, Any]) -> None:
    recipe = load_recipe(plugins=plugins, **options)
    again = load_recipe(write(to_yaml(recipe)), plugins=plugins)
    assert again == recipe
    assert list(again.prior) == list(recipe.prior)
    assert to_yaml(again) == to_yaml(recipe)


def test_takes_the_place_of_the_default_and_of_what_comes_before(write: Write, plugins: Plugins) -> None:
    frozen = write(to_yaml(load_recipe(overrides=["~dataset.imbalance"], plugins=plugins)), "frozen.yaml")
    before, after = write("steps: 1\n", "before.yaml"), write("batch_size: 2\n", "after.yaml")
    recipe = load_recipe(before, frozen, after, plugins=plugins)
    assert (recipe.steps, recipe.batch_size, recipe.dataset.arguments["imbalance"]) == (2000, 2, None)


def test_can_be_changed_by_companions_and_options(write: Write, plugins: Plugins) -> None:
    frozen = write(to_yaml(load_recipe(plugins=plugins)))
    recipe = load_recipe(frozen, prior="stretch", overrides=["steps=3"], plugins=plugins)
    assert (recipe.steps, recipe.prior["code"].use, recipe.losses["consistency"].use) == (3, "stretch", "agreement")


def test_says_every_setting_and_every_argument(plugins: Plugins) -> None:
    text = to_yaml(load_recipe(plugins=plugins))
    assert text.startswith("# A complete recipe")
    for name in Recipe.model_fields:
        assert f"\n{name}:" in text
    assert "spectral_norm: false" in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(device=st.text(st.characters(codec="utf-8")), weight=st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number_survives(write: Write, plugins: Plugins, device: str, weight: float) -> None:
    recipe = load_recipe({"device": device, "losses": {"adversarial": {"weight": weight}}}, plugins=plugins)
    assert load_recipe(write(to_yaml(recipe)), plugins=plugins) == recipe
