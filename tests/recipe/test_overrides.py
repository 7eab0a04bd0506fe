"""`--set`: what it changes, adds and drops, and what it refuses."""

from __future__ import annotations

from pathlib import Path

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
    "steps=": "--set steps=: gives no value; --set '~steps' drops the key",
    "steps=null": "gives no value",
    "steps=[1": "--set steps=[1: while parsing a flow sequence",
    "steps=!!int 3": "the tag 'tag:yaml.org,2002:int' is refused",
    "prior.nose.dim=3": "prior has no 'nose'; did you mean 'noise'? (--set +prior.nose.dim=3 would add it)",
    "losses.r1.gamma=3": "losses has no 'r1' (--set +losses.r1.gamma=3 would add it)",
    'players.generator.groups."prior.code".betas=1': "players.generator.groups has no 'prior.code' (--set '+",
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


@pytest.mark.parametrize(
    "text",
    [
        "my photos #2",
        "2024",
        "1e3",
        "true",
        "null",
        "%",
        "@x",
        "[x]",
        "{a}",
        "*x",
        "&x",
        "a: b",
        "- x",
        " x",
        "=a",
        "#2",
    ],
)
def test_a_key_that_takes_text_takes_all_of_the_value_as_it_is(plugins: Plugins, text: str) -> None:
    recipe = load_recipe(dataset="image-folder", overrides=[f"dataset.root={text}", "dataset.size=8"], plugins=plugins)
    assert recipe.dataset.arguments["root"] == str(Path.cwd() / text)


@pytest.mark.parametrize(("written", "read"), [('"a #2"', "a #2"), ("'a b'", "a b"), ("'it's'", "'it's'"), ("'", "'")])
def test_quotes_around_all_of_a_text_are_taken_off(plugins: Plugins, written: str, read: str) -> None:
    recipe = load_recipe(dataset="mnist", overrides=[f"dataset.root={written}"], plugins=plugins)
    assert recipe.dataset.arguments["root"] == str(Path.cwd() / read)


def test_text_inside_an_argument_and_in_a_section_is_taken_as_it_is(plugins: Plugins) -> None:
    overrides = ["dataset.imbalance={file: a, row: 1}", "dataset.imbalance.file=b #1.csv", "judge.weights=w #1"]
    recipe = load_recipe(overrides=[*overrides, "device=0"], plugins=plugins)
    assert recipe.dataset.arguments["imbalance"]["file"] == str(Path.cwd() / "b #1.csv")
    assert (recipe.judge.weights, recipe.device) == (str(Path.cwd() / "w #1"), "0")


def test_text_that_may_be_left_out_is_not_left_out_by_null(plugins: Plugins) -> None:
    with pytest.raises(GanlabError, match=r"gives no value; --set '~checkpoint\.best' drops the key"):
        with_overrides(plugins, "checkpoint.best=null")


HINTED = {
    "steps=20 #2": "'#2' would be left out as a comment; if it is meant as text, write --set 'steps=\"20 #2\"'",
    "dataset.imbalance={ratio: 5} # five": "'# five' would be left out as a comment",
    "steps='2000'": "write 2000, without quotes",
    "steps=1_000": "write 1000, without quotes",
    "steps=1,000": "write 1000, without quotes",
    "seed=0b11": "write 3, without quotes",
    "seed=1:30": "write 90, without quotes",
    "players.generator.learning_rate='1e-4'": "not '1e-4'; write 0.0001, without quotes",
    "networks.trunk.spectral_norm=yes": "not 'yes'; write true",
    "networks.trunk.spectral_norm=Off": "not 'Off'; write false",
    "networks.trunk.spectral_norm=1": "not 1; write true",
    "networks.trunk={use: 7}": "should be a valid string, not 7; put text between quotes, such as '7'",
    "networks.trunk={use: true}": "put text between quotes, such as 'true'",
    "networks.trunk={use: [dcgan]}": "put text that begins with [ or { between quotes",
    "networks.trunk={use: %}": "text with such a sign goes between quotes",
    "networks.trunk={use: @x}": "text with such a sign goes between quotes",
    "networks.trunk={use: *x}": "text with such a sign goes between quotes",
}


@pytest.mark.parametrize(("override", "hint"), HINTED.items(), ids=HINTED)
def test_what_yaml_reads_as_something_else_is_told_how_to_write(plugins: Plugins, override: str, hint: str) -> None:
    with pytest.raises(GanlabError) as error:
        with_overrides(plugins, override)
    assert hint in str(error.value)


def test_a_whole_number_may_have_an_exponent(plugins: Plugins) -> None:
    recipe = with_overrides(plugins, "steps=1e3", "seed=250.0", "prior.noise.dim=1e1", "losses.adversarial.weight=1e1")
    assert (recipe.steps, recipe.seed, recipe.prior["noise"].arguments["dim"]) == (1000, 250, 10)
    assert recipe.losses["adversarial"].weight == 10.0


def test_what_is_to_be_added_is_shown_as_a_shell_takes_it(plugins: Plugins) -> None:
    with pytest.raises(GanlabError) as error:
        with_overrides(plugins, "prior.style={use: uniform, dim: 2}")
    assert "(--set '+prior.style={use: uniform, dim: 2}' would add it)" in str(error.value)
