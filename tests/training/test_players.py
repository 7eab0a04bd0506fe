"""Who owns what, and at which learning rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ganlab_core import load_recipe, resume, train
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.training.audit import audit_gradients
from ganlab_core.training.players import build_players
from ganlab_core.training.step import train_step
from tests.conftest import BuildSession


def test_a_part_that_nobody_owns_is_named(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"no optimiser owns 'discriminator\.\S+'.*`owns`.*audit\.allow"):
        build_session("players.discriminator.owns=[trunk]")


def test_a_part_that_both_own_is_named(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"both discriminator and generator own 'trunk\."):
        build_session("players.generator.owns=[generator, trunk.layers]")


def test_a_player_that_owns_nothing_is_refused(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"players\.generator\.owns: \['recognition'\] names nothing"):
        build_session("players.generator.owns=[recognition]", "audit.allow=[generator]")


def test_what_a_part_froze_stays_frozen_and_is_not_missed_by_the_audit(build_session: BuildSession) -> None:
    session = build_session()
    frozen, learning = list(session.state.model.networks.trunk.parameters())[:2]
    frozen.requires_grad_(False)
    before, moved = frozen.clone(), learning.detach().clone()
    state = replace(session.state, players=build_players(session.state.recipe, session.state.model))
    audit_gradients(state)
    for number in range(2):
        train_step(state, number)
    assert torch.equal(frozen, before)
    assert not frozen.requires_grad
    assert not torch.equal(learning, moved)


def test_a_player_whose_parts_are_all_frozen_is_refused(build_session: BuildSession) -> None:
    session = build_session()
    session.state.model.networks.generator.requires_grad_(False)
    with pytest.raises(GanlabError, match=r"players\.generator\.owns: \[.*\] names nothing with parameters that learn"):
        build_players(session.state.recipe, session.state.model)


def test_prefixes_get_settings_of_their_own(build_session: BuildSession) -> None:
    session = build_session("players.discriminator.groups={trunk: {learning_rate: 1e-3, betas: [0.9, 0.99]}}")
    player = session.state.players["discriminator"]
    rates = {id(p): group["lr"] for group in player.optimiser.param_groups for p in group["params"]}
    assert {rates[id(p)] for name, p in player.parameters.items() if name.startswith("trunk.")} == {1e-3}
    assert {rates[id(p)] for name, p in player.parameters.items() if name.startswith("discriminator.")} == {2e-4}
    assert {group["lr"]: group["betas"] for group in player.optimiser.param_groups} == {
        1e-3: (0.9, 0.99),
        2e-4: (0.5, 0.999),
    }


def test_a_prefix_that_matches_nothing_is_named(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"players\.discriminator\.groups: 'trnk' matches none"):
        build_session("players.discriminator.groups={trnk: {learning_rate: 1e-3}}")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", torch.optim.Adam),
        ("adamw", torch.optim.AdamW),
        ("nadam", torch.optim.NAdam),
        ("rmsprop", torch.optim.RMSprop),
        ("sgd", torch.optim.SGD),
    ],
)
def test_each_optimiser_takes_a_step(build_session: BuildSession, name: str, kind: type[torch.optim.Optimizer]) -> None:
    session = build_session(f"players.generator.optimiser={name}")
    player = session.state.players["generator"]
    assert type(player.optimiser) is kind
    parameter = next(iter(player.parameters.values()))
    before = parameter.detach().clone()
    parameter.grad = torch.ones_like(parameter)
    player.optimiser.step()
    assert not torch.equal(before, parameter)


def test_a_run_with_an_optimiser_that_keeps_more_than_moments_goes_on_bit_for_bit(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(tiny, overrides=["players.generator.optimiser=nadam"], plugins=core_plugins)
    train(recipe, run=tmp_path / "whole", plugins=core_plugins)
    train(recipe.model_copy(update={"steps": 2}), run=tmp_path / "parts", plugins=core_plugins)
    resume(tmp_path / "parts", steps=4, plugins=core_plugins)
    whole, parts = (
        load_file(tmp_path / run / "checkpoints" / "00000004" / "weights.safetensors") for run in ("whole", "parts")
    )
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
