"""Whatever a recipe file or an option holds, the answer is a recipe or one message: never a traceback."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.recipe.sources import DEFAULT
from tests.recipe.conftest import Write

EXAMPLES = int(os.environ.get("GANLAB_FUZZ_EXAMPLES", "100"))
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

KEYS = ["use", "weight", "dim", "width", "classes", "code", "noise", "views", "rotation", "every", "owns", "ratio"]
KEYS += ["imbalance", "adversarial", "trunk", "generator", "groups", "prior.code", "complete"]
KEYS += Recipe.model_fields
VALUES = [*KEYS, "normal", "digits", "dcgan", "linear", "hinge", "agreement", "stretch", "1e999", "nan", "!!x", "*a"]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(VALUES), st.text(st.characters(codec="utf-8"))
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
RECIPES = st.dictionaries(st.sampled_from(list(Recipe.model_fields)), TREES, max_size=4)
LINES = DEFAULT.read_text().splitlines()


def answered(plugins: Plugins, *sources: Any, **options: Any) -> Recipe | None:
    try:
        return load_recipe(*sources, plugins=plugins, **options)
    except GanlabError as error:
        return None if str(error) else pytest.fail("an error without a message")


@fuzz
@given(recipe=RECIPES)
def test_mappings(plugins: Plugins, recipe: Mapping[str, Any]) -> None:
    answered(plugins, recipe)


@fuzz
@given(recipe=RECIPES)
def test_files(write: Write, plugins: Plugins, recipe: Mapping[str, Any]) -> None:
    answered(plugins, write(yaml.safe_dump(recipe)))


@fuzz
@given(
    lines=st.lists(st.sampled_from(LINES), max_size=12),
    junk=st.text(" \n:-{}[]&*!?|>'\"#%@`~<=,\t0ab\x00\ufeff\ud800"),
    at=st.integers(0, 400),
)
def test_damaged_files(write: Write, plugins: Plugins, lines: list[str], junk: str, at: int) -> None:
    text = "\n".join(lines)
    answered(plugins, write((text[:at] + junk + text[at:]).encode("utf-8", "surrogatepass")))


@fuzz
@given(content=st.binary(max_size=60))
def test_bytes(write: Write, plugins: Plugins, content: bytes) -> None:
    answered(plugins, write(content))


ADDRESSES = st.lists(st.sampled_from([*KEYS, "losses", "a b", '"', ""]), max_size=5).map(".".join)
SIGNS, EQUALS = st.sampled_from(["", "+", "~"]), st.sampled_from(["=", ""])
OVERRIDES = st.tuples(SIGNS, ADDRESSES, EQUALS, st.text(max_size=8) | SCALARS.map(str)).map("".join)


@fuzz
@given(overrides=st.lists(OVERRIDES, max_size=3))
def test_overrides(write: Write, plugins: Plugins, overrides: list[str]) -> None:
    recipe = answered(plugins, overrides=overrides)
    if recipe is not None:
        assert load_recipe(write(to_yaml(recipe)), plugins=plugins) == recipe
