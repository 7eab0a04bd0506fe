"""Who owns what, and at which learning rate."""

from __future__ import annotations

import pytest
import torch

from ganlab_core.component import GanlabError
from tests.training.conftest import BuildSession


def test_a_part_that_nobody_owns_is_named(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"no optimiser owns 'discriminator\.\S+'.*`owns`.*audit\.allow"):
        build_session("players.discriminator.owns=[trunk]")


def test_a_part_that_both_own_is_named(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"both discriminator and generator own 'trunk\."):
        build_session("players.generator.owns=[generator, trunk.layers]")


def test_a_player_that_owns_nothing_is_refused(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match=r"players\.generator\.owns: \['recognition'\] names nothing"):
        build_session("players.generator.owns=[recognition]", "audit.allow=[generator]")


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
