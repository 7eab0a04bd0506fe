"""The networks in recipes: the shorthand, what they mix with, and a run that is resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab_core import GanlabError, load_recipe, load_run, resume, train
from ganlab_core.testing import run_recipe

SHIPPED = sorted((Path(__file__).parent.parent / "ganlab_resnet" / "recipes").glob("*.yaml"))
NARROW = ["networks.generator.width=2", "networks.trunk.width=2"]
TINY: dict[str, Any] = {
    "dataset": {"use": "digits", "size": 32},
    "prior": {"noise": {"use": "normal", "dim": 4}},
    "networks": {
        "generator": {"use": "resnet", "width": 2, "spectral_norm": True},
        "trunk": {"use": "resnet", "width": 2},
        "discriminator": {"use": "linear", "spectral_norm": True},
    },
    "losses": {"adversarial": {"use": "hinge"}},
    "batch_size": 4,
    "steps": 4,
    "device": "cpu",
    "samples": {"every": 0, "columns": 2},
    "log": {"every": 1},
}


def losses(run: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name.startswith("loss/")} for line in lines]


def test_the_plugin_is_healthy_alone(load_plugin: Callable[[str], Any]) -> None:
    registry = load_plugin("resnet").registries["network"]
    assert set(registry.roles("resnet")) == {"generator", "trunk"}


def test_every_shipped_recipe_trains() -> None:
    assert SHIPPED
    for file in SHIPPED:
        found = losses(run_recipe(file, overrides=NARROW).folder)
        assert found
        assert all(abs(value) < 1e3 for value in found[-1].values())


def test_the_shorthand_takes_the_default_digits_to_a_size_on_offer() -> None:
    recipe = load_recipe(networks=["resnet"], losses=["hinge"])
    assert recipe.dataset.arguments["size"] == 32
    assert {recipe.networks.generator.use, recipe.networks.trunk.use} == {"resnet"}
    assert recipe.networks.trunk.arguments["spectral_norm"]
    assert recipe.networks.discriminator.arguments["spectral_norm"]


@pytest.mark.parametrize("loss", ["r1", "gradient-penalty", "wasserstein", "least-squares", "nonsaturating"])
def test_the_shorthand_trains_with_the_cores_losses(loss: str, tmp_path: Path) -> None:
    small = ["batch_size=4", "steps=1", "device=cpu", "samples.columns=2", "log.every=1", "~metrics", *NARROW]
    train(load_recipe(networks=["resnet"], losses=[loss], overrides=small), run=tmp_path / "run")
    assert losses(tmp_path / "run")


def test_a_size_that_is_not_on_offer_ends_training_with_the_way_out(tmp_path: Path) -> None:
    recipe = load_recipe(networks=["resnet"], overrides=["dataset.size=16", "device=cpu"])
    with pytest.raises(GanlabError, match=r"resnet: images are of size 16: choose 32, 64 or 128"):
        train(recipe, run=tmp_path / "run")


def test_two_and_two_steps_are_four_to_the_bit(tmp_path: Path) -> None:
    train(load_recipe(TINY), run=tmp_path / "whole")
    train(load_recipe(TINY, overrides=["steps=2"]), run=tmp_path / "parts")
    resume(tmp_path / "parts", steps=4)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    whole, parts = (load_run(tmp_path / name).sample(3) for name in ("whole", "parts"))
    assert torch.equal(whole, parts)


def test_the_trunk_can_be_the_recognition_heads_own(tmp_path: Path) -> None:
    recipe = {
        **TINY,
        "prior": {**TINY["prior"], "code": {"use": "categorical", "classes": 3}},
        "networks": {
            **TINY["networks"],
            "recognition": {"use": "recognition", "hidden": 4},
            "recognition_trunk": {"use": "resnet", "width": 2, "spectral_norm": False},
        },
        "losses": {**TINY["losses"], "information": {"use": "mutual-information"}},
    }
    found = losses(run_recipe(recipe).folder)
    assert "loss/generator/information" in found[-1]
