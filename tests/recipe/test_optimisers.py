"""One table says which optimisers a recipe may name, how each is built, and what it keeps of a parameter."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import nn

from ganlab_core import GanlabError, load_recipe
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_model
from ganlab_core.recipe.optimisers import OPTIMISERS
from ganlab_core.recipe.schema import json_schema
from ganlab_core.verbs.doctor.disk import checkpoint_size

SETTINGS = {
    "adam": {"lr": 0.1, "weight_decay": 0.2, "betas": (0.3, 0.4)},
    "adamw": {"lr": 0.1, "weight_decay": 0.2, "betas": (0.3, 0.4)},
    "nadam": {"lr": 0.1, "weight_decay": 0.2, "betas": (0.3, 0.4)},
    "rmsprop": {"lr": 0.1, "weight_decay": 0.2},
    "sgd": {"lr": 0.1, "weight_decay": 0.2, "momentum": 0.3},
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_gets_the_recipe_s_settings_under_torch_s_names(name: str) -> None:
    assert OPTIMISERS[name].settings(learning_rate=0.1, weight_decay=0.2, betas=(0.3, 0.4)) == SETTINGS[name]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_keeps_as_many_tensors_as_the_table_says(name: str) -> None:
    kind, parameter = OPTIMISERS[name], nn.Parameter(torch.ones(3, 5))
    settings = kind.settings(learning_rate=0.1, weight_decay=0.0, betas=(0.5, 0.9))
    optimiser = kind.build([{"params": [parameter], **settings}])
    parameter.grad = torch.ones_like(parameter)
    optimiser.step()
    assert type(optimiser).__name__ == kind.name
    assert [value.shape for value in optimiser.state[parameter].values() if value.ndim] == [(3, 5)] * kind.moments


def test_a_recipe_may_name_those_in_the_table(tiny: dict[str, Any], core_plugins: Plugins) -> None:
    for name in OPTIMISERS:
        recipe = load_recipe(tiny, overrides=[f"players.generator.optimiser={name}"], plugins=core_plugins)
        assert recipe.players.generator.optimiser == name
    message = "should be 'adam', 'adamw', 'nadam', 'rmsprop' or 'sgd', not 'adan'"
    with pytest.raises(GanlabError, match=rf"players\.generator\.optimiser: {message}"):
        load_recipe(tiny, overrides=["players.generator.optimiser=adan"], plugins=core_plugins)
    (player, _) = json_schema(core_plugins)["$defs"]["Player"]["properties"]["optimiser"]["anyOf"]
    assert (player["enum"], player["default"]) == (list(OPTIMISERS), "adam")


def test_a_checkpoint_is_as_large_as_its_optimisers_make_it(tiny: dict[str, Any], core_plugins: Plugins) -> None:
    sizes = {}
    for name in OPTIMISERS:
        overrides = [f"players.{player}.optimiser={name}" for player in ("discriminator", "generator")]
        recipe = load_recipe(tiny, overrides=overrides, plugins=core_plugins)
        facts = facts_of(build_data(recipe.dataset, core_plugins))
        model = build_model(recipe, facts, core_plugins, device=torch.device("cpu"))
        sizes[name] = checkpoint_size(model, recipe.players)
    learned = 4 * sum(parameter.numel() for _, parameter in model.named_parameters())
    assert sizes["adam"] == sizes["nadam"] == sizes["sgd"] + learned == sizes["rmsprop"] + learned


def test_the_table_is_read_without_torch() -> None:
    program = "import sys, ganlab_core.recipe.optimisers, ganlab_core.recipe.settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
