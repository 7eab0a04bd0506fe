"""The losses in recipes: what the core promises of losses, resumed runs, and what they mix with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from ganlab_stabilize.plugin import ganlab_losses

from ganlab_core import Component, GanlabError, load_recipe, load_run, resume, train
from ganlab_core.testing import check_loss, run_recipe

SHIPPED = sorted((Path(__file__).parent.parent / "ganlab_stabilize" / "recipes").glob("*.yaml"))
COMPONENTS = {component.name: component for component in ganlab_losses()}
NARROW = ["networks.generator.width=2", "networks.trunk.width=2"]
TINY: dict[str, Any] = {
    "dataset": {"use": "digits", "size": 16},
    "prior": {"noise": {"use": "normal", "dim": 4}},
    "networks": {
        "generator": {"use": "dcgan", "width": 2},
        "trunk": {"use": "dcgan", "width": 2},
        "discriminator": {"use": "linear"},
    },
    "batch_size": 4,
    "steps": 4,
    "device": "cpu",
    "samples": {"every": 0, "columns": 2},
    "log": {"every": 1},
}
WITH_STATE: dict[str, dict[str, Any]] = {
    "ada": {"adversarial": {"use": "ada", "speed": 10, "interval": 1, "target": 0.1}},
    "lecam": {"adversarial": {"use": "hinge"}, "lecam": {"use": "lecam", "policy": ["translation"]}},
    "diffaugment": {"adversarial": {"use": "diffaugment", "loss": "relativistic"}},
}


def losses(run: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name.startswith("loss/")} for line in lines]


def test_the_plugin_is_healthy_alone(load_plugin: Callable[[str], Any]) -> None:
    assert set(COMPONENTS) < set(load_plugin("stabilize").registries["loss"].names())


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=COMPONENTS)
def test_losses_keep_what_the_core_asks_of_losses(component: Component) -> None:
    check_loss(component)


def test_lecam_and_augmentations_of_other_losses_keep_it_too() -> None:
    check_loss(COMPONENTS["lecam"], policy=["colour", "cutout"])
    check_loss(COMPONENTS["ada"], loss="relativistic-pairing", interval=1, speed=8)


@pytest.mark.parametrize("name", WITH_STATE)
def test_two_and_two_steps_are_four_to_the_bit(name: str, tmp_path: Path) -> None:
    recipe = {**TINY, "losses": WITH_STATE[name]}
    train(load_recipe(recipe), run=tmp_path / "whole")
    train(load_recipe(recipe, overrides=["steps=2"]), run=tmp_path / "parts")
    resume(tmp_path / "parts", steps=4)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    whole, parts = (load_run(tmp_path / run).sample(3) for run in ("whole", "parts"))
    assert torch.equal(whole, parts)


def test_p_and_what_it_follows_are_logged_and_p_moves(tmp_path: Path) -> None:
    train(load_recipe({**TINY, "losses": WITH_STATE["ada"]}), run=tmp_path / "run")
    lines = losses(tmp_path / "run")
    followed = [line["loss/discriminator/adversarial/ada_r"] for line in lines]
    p = 0.0
    for line, r in zip(lines, [None, *followed], strict=False):
        p = p if r is None else min(max(p + (0.4 if r > 0.1 else -0.4), 0.0), 1.0)
        assert line["loss/discriminator/adversarial/ada_p"] == pytest.approx(p)


def test_every_shipped_recipe_trains() -> None:
    assert SHIPPED
    for file in SHIPPED:
        found = losses(run_recipe(file, overrides=NARROW).folder)
        assert found
        assert all(abs(value) < 1e3 for value in found[-1].values())


@pytest.mark.parametrize("loss", ["diffaugment", "ada", "relativistic", "relativistic-pairing"])
def test_the_shorthand_takes_the_adversarial_losss_place(loss: str) -> None:
    recipe = load_recipe(losses=[loss, "lecam"])
    assert recipe.losses["adversarial"].use == loss
    assert recipe.losses["lecam"].weight == 0.3
    assert ({"r1", "r2"} <= set(recipe.losses)) == (loss == "relativistic-pairing")


def test_an_unknown_change_is_refused_with_what_there_is() -> None:
    with pytest.raises(GanlabError, match=r"losses\.adversarial\.policy.*'colour', 'translation' or 'cutout'"):
        load_recipe(losses=["diffaugment"], overrides=["losses.adversarial.policy=[color]"])


@pytest.mark.parametrize("loss", ["hinge", "diffaugment"])
def test_residual_networks_an_elastic_prior_and_lecam_train_together(loss: str) -> None:
    pytest.importorskip("ganlab_resnet")
    pytest.importorskip("ganlab_elastic")
    mixed = load_recipe(prior="elastic", networks=["resnet"], losses=[loss, "lecam"], overrides=["dataset.size=32"])
    overrides = [*NARROW, "networks.recognition_trunk.width=2", "losses.discovery.merge_at=1"]
    run = run_recipe({"complete": True, **mixed.model_dump(mode="json", exclude_none=True)}, overrides=overrides)
    last = losses(run.folder)[-1]
    assert {"loss/discriminator/adversarial", "loss/discriminator/lecam", "loss/generator/information"} <= set(last)
    assert all(abs(value) < 1e4 for value in last.values())
