"""`--set`: what it changes, adds and drops, and what it refuses."""

from __future__ import annotations

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import ParameterGroup, Recipe


def with_overrides(plugins: Plugins, *overrides: str, prior: str | None = None) -> Recipe:
    return load_recipe(overrides=overrides, prior=prior, plugins=plugins)


def test_overrides_apply_in_order(plugins: Plugins) -> None:
    recipe = with_overrides(plugins, "steps=10", "prior.noise.dim=8", "checkpoint.every=3", "steps=20")
    assert (recipe.steps, recipe.checkpoint.every, recipe.prior["noise"].arguments) == (20, 3, {"dim": 8})


def test_a_value_is_yaml(plugins: Plugins) -> None:
    recipe = with_overrides(
        plugins, "players.generator.betas=[0.0, 0.9]", "device='cpu'", "players.generator.learning_rate=1e-3"
    )
    assert (recipe.players.generator.betas, recipe.device) == ((0.0, 0.9), "cpu")
    assert recipe.players.generator.learning_rate == 1e-3


def test_an_argument_that_the_component_accepts_needs_no_plus(plugins: Plugins) -> None:
    recipe = with_overrides(plugins, "networks.trunk.spectral_norm=true", "losses.adversarial.weight=2")
    assert recipe.networks.trunk.arguments["spectral_norm"] is True
    assert recipe.losses["adversarial"].weight == 2.0


def test_an_argument_inside_an_argument_has_an_address(plugins: Plugins) -> None:
    recipe = with_overrides(plugins, "losses.consistency.views.rotation=5", prior="stretch")
    assert recipe.losses["consistency"].arguments["views"] == {"rotation": 5.0, "zoom": [0.9, 1.1]}


def test_another_use_drops_the_old_component_s_arguments(plugins: Plugins) -> None:
    recipe = with_overrides(plugins, "networks.generator.use=infogan")
    assert recipe.networks.generator.arguments == {"width": 64}


def test_a_mapping_is_set_whole_in_the_place_of_the_old_one(plugins: Plugins) -> None:
    recipe = with_overrides(
        plugins, "dataset.imbalance={exponent: 1}", "prior.noise={use: uniform, dim: 2}", prior="stretch"
    )
    assert recipe.dataset.arguments["imbalance"]["ratio"] is None
    assert list(recipe.prior) == ["noise", "code"]


def test_plus_adds(plugins: Plugins) -> None:
    recipe = with_overrides(plugins, "+prior.code={use: categorical, classes: 4}", "prior.code.classes=5")
    assert recipe.prior["code"].arguments["classes"] == 5


@pytest.mark.parametrize(
    "override",
    [
        '+players.generator.groups."prior.code".learning_rate=2e-3',
        "+players.generator.groups={prior.code: {learning_rate: 2e-3}}",
    ],
)
def test_groups_have_names_with_dots(plugins: Plugins, override: str) -> None:
    recipe = with_overrides(plugins, override)
    assert recipe.players.generator.groups == {"prior.code": ParameterGroup(learning_rate=2e-3)}


def test_tilde_drops(plugins: Plugins) -> None:
    recipe = with_overrides(
        plugins, "~losses.consistency", "~dataset.imbalance", "~networks.trunk.width", prior="stretch"
    )
    assert list(recipe.losses) == ["adversarial"]
    assert recipe.dataset.arguments["imbalance"] is None
    assert recipe.networks.trunk.arguments["width"] == 64


REFUSED = {
    "steps": "--set steps: write key=value, +key=value to add a key, or ~key to drop one",
    "~steps=3": "--set ~steps=3: write key=value",
    "=3": "--set =3: '' is no address",
    "prior..dim=3": "--set prior..dim=3: 'prior..dim' is no address; join keys by dots, as in prior.code.classes",
    ".steps=3": "'.steps' is no address",
    "steps=": "--set steps=: gives no value; --set ~steps drops the key",
    "steps=null": "gives no value",
    "steps=[1": "--set steps=[1: while parsing a flow sequence",
    "steps=!!int 3": "the tag 'tag:yaml.org,2002:int' is refused",
    "prior.nose.dim=3": "prior has no 'nose'; did you mean 'noise'? (--set +prior.nose.dim=3 would add it)",
    "losses.r1.gamma=3": "losses has no 'r1' (--set +losses.r1.gamma=3 would add it)",
    'players.generator.groups."prior.code".betas=1': "players.generator.groups has no 'prior.code' (--set +",
    "steps.a=3": "--set steps.a=3: steps is 2000, which has no keys; set it whole",
    "players.generator.betas.0=1": "players.generator.betas is [0.5, 0.999], which has no keys; set it whole",
    "~prior.nose": "--set ~prior.nose: there is nothing to drop: prior has no 'nose'; did you mean 'noise'?",
    "~stepps": "there is nothing to drop: the recipe has no 'stepps'; did you mean 'steps'?",
    "~steps.a": "there is nothing to drop: steps has no 'a'",
    "prior.noise.dims=3": "prior.noise.dims: unknown key; did you mean 'dim'? It takes dim, use",
    "checkpiont.every=3": "--set checkpiont.every=3: checkpiont: unknown key; did you mean 'checkpoint'?",
    "networks.recognition.hidden=3": "networks.recognition.use: names no component",
}


@pytest.mark.parametrize(("override", "message"), REFUSED.items(), ids=REFUSED)
def test_is_refused(plugins: Plugins, override: str, message: str) -> None:
    with pytest.raises(GanlabError) as error:
        with_overrides(plugins, override)
    assert message in str(error.value)
