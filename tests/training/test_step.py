"""The training step against one written out by hand, and what may not change in it."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.loss import Loss
from ganlab_core.interface.model import Model, WeightedLoss
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.interface.step import StepContext
from ganlab_core.training.step import train_step
from tests.conftest import BuildSession


def flat(module: nn.Module) -> Tensor:
    """All parameters in one vector."""
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def add_loss(model: Model, name: str, loss: Loss) -> None:
    """Let one more loss take part."""
    assert isinstance(model.losses, dict)
    model.losses[name] = WeightedLoss(loss=loss, weight=1.0)


def test_step_equals_two_plain_updates_with_separate_passes(build_session: BuildSession) -> None:
    session = build_session()
    state, networks = session.state, session.state.model.networks
    by_hand = copy.deepcopy(networks)
    judged = [*by_hand.trunk.parameters(), *by_hand.discriminator.parameters()]
    adam_d = torch.optim.Adam(judged, 2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(by_hand.generator.parameters(), 2e-4, betas=(0.5, 0.999))
    real_NCHW = state.batches.at(state.batches.indices(0))
    noise_NZ = state.model.prior.sample(8, generator=derived_generator(0, 0, 0, "latent")).vector_NZ

    def logits(images_NCHW: Tensor) -> Tensor:
        logits_N: Tensor = by_hand.discriminator(by_hand.trunk(images_NCHW))
        return logits_N

    with torch.no_grad():
        fake_NCHW = copy.deepcopy(by_hand.generator)(noise_NZ)
    loss_d = F.softplus(-logits(real_NCHW)).mean() + F.softplus(logits(fake_NCHW)).mean()
    loss_d.backward()
    adam_d.step()
    loss_g = F.softplus(-logits(by_hand.generator(noise_NZ))).mean()
    adam_g.zero_grad()
    loss_g.backward()
    adam_g.step()

    scalars = train_step(state, 0)

    assert scalars["loss/discriminator"].item() == pytest.approx(loss_d.item(), rel=1e-5)
    assert scalars["loss/generator"].item() == pytest.approx(loss_g.item(), rel=1e-4)
    for role in ("generator", "trunk", "discriminator"):
        torch.testing.assert_close(flat(getattr(networks, role)), flat(getattr(by_hand, role)), atol=2e-6, rtol=1e-4)


def test_each_phase_moves_only_its_own_player(build_session: BuildSession) -> None:
    session = build_session()
    networks = session.state.model.networks
    before = {name: flat(module) for name, module in networks.named_children()}
    moved: dict[str, set[str]] = {}

    class Watch:
        def generator(self, step: StepContext) -> Tensor:
            moved["after the discriminator's phase"] = {
                name for name, module in networks.named_children() if not torch.equal(before[name], flat(module))
            }
            return step.images("fake").mean() * 0.0

    add_loss(session.state.model, "watch", Watch())
    train_step(session.state, 0)
    assert moved["after the discriminator's phase"] == {"trunk", "discriminator"}
    assert not torch.equal(before["generator"], flat(networks.generator))


def test_fake_images_of_the_discriminators_phase_carry_no_gradient(build_session: BuildSession) -> None:
    session = build_session()
    seen: list[tuple[bool, bool]] = []

    class Watch:
        def discriminator(self, step: StepContext) -> Tensor:
            seen.append((step.images("fake").requires_grad, step.images("real").requires_grad))
            return step.logits("real")[0].mean()

    add_loss(session.state.model, "watch", Watch())
    train_step(session.state, 0)
    assert seen == [(False, False)]


@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_a_loss_that_is_not_finite_stops_the_step_before_the_update(build_session: BuildSession, phase: str) -> None:
    session = build_session()
    networks = session.state.model.networks
    before = {name: flat(module) for name, module in networks.named_children()}

    def broken(self: object, step: StepContext) -> Tensor:
        return step.logits("fake")[0].mean() / 0.0

    loss = type("Broken", (), {phase: broken})()
    add_loss(session.state.model, "broken", loss)
    with pytest.raises(
        GanlabError, match=rf"step 8, {phase}'s phase: not finite: losses.broken = -?(inf|nan)"
    ) as error:
        train_step(session.state, 7)
    assert f"players.{phase}.learning_rate" in str(error.value)
    untouched = "generator" if phase == "generator" else "trunk"
    assert torch.equal(before[untouched], flat(getattr(networks, untouched)))


def test_n_critic_repeats_the_discriminators_phase_on_fresh_draws(build_session: BuildSession) -> None:
    session = build_session("n_critic=3")
    seen: list[tuple[str, Tensor, Tensor]] = []

    class Watch:
        def discriminator(self, step: StepContext) -> Tensor:
            seen.append(("discriminator", step.images("real"), step.images("fake")))
            return step.logits("real")[0].mean() * 0.0

        def generator(self, step: StepContext) -> Tensor:
            seen.append(("generator", step.images("real"), step.images("fake")))
            return step.images("fake").mean() * 0.0

    add_loss(session.state.model, "watch", Watch())
    train_step(session.state, 0)
    assert [phase for phase, _, _ in seen] == ["discriminator"] * 3 + ["generator"]
    assert not torch.equal(seen[0][1], seen[1][1])
    assert not torch.equal(seen[0][2], seen[1][2])
    assert torch.equal(seen[2][2], seen[3][2])


def test_the_average_follows_the_generator_and_copies_its_statistics(build_session: BuildSession) -> None:
    session = build_session("ema=0.9")
    model = session.state.model
    start = flat(model.average).clone()
    train_step(session.state, 1_000)
    expected = 0.9 * start + 0.1 * flat(model.networks.generator)
    torch.testing.assert_close(flat(model.average), expected)
    for kept, buffer in zip(model.average.buffers(), model.networks.generator.buffers(), strict=True):
        assert torch.equal(kept, buffer)


def test_bf16_autocast_trains_with_parameters_in_fp32(build_session: BuildSession) -> None:
    session = build_session("precision=bf16")
    scalars = train_step(session.state, 0)
    assert all(torch.isfinite(value) for value in scalars.values())
    assert {parameter.dtype for _, parameter in session.state.model.named_parameters()} == {torch.float32}


def test_what_no_loss_asks_for_is_not_computed(build_session: BuildSession) -> None:
    session = build_session()
    passes: list[int] = []
    session.state.model.networks.trunk.register_forward_hook(lambda module, given, out: passes.append(len(given[0])))
    train_step(session.state, 0)
    assert passes == [16, 8]  # real and fake as one batch, then the fake images alone


def test_one_seed_gives_one_result_and_the_global_generator_is_not_touched(build_session: BuildSession) -> None:
    state_before = torch.get_rng_state()
    results = []
    for _ in range(2):
        session = build_session()
        for number in range(3):
            train_step(session.state, number)
        results.append(flat(session.state.model.networks))
    assert torch.equal(results[0], results[1])
    assert torch.equal(state_before, torch.get_rng_state())


def test_a_recognition_head_with_its_own_trunk_leaves_the_discriminators_alone(build_session: BuildSession) -> None:
    session = build_session(
        "+prior.code={use: categorical, classes: 3}",
        "+networks.recognition={use: recognition, hidden: 4}",
        "+networks.recognition_trunk={use: dcgan, width: 4}",
    )
    networks = session.state.model.networks
    assert networks.recognition_trunk is not None
    passes: dict[str, list[int]] = {"trunk": [], "recognition_trunk": []}
    for name, seen in passes.items():
        module = getattr(networks, name)
        module.register_forward_hook(lambda module, given, out, seen=seen: seen.append(len(given[0])))

    class Reads:
        def generator(self, step: StepContext) -> Tensor:
            fake, real = step.recognise("fake", "real")
            return (fake.parameters["code"] - real.parameters["code"]).square().mean()

    add_loss(session.state.model, "reads", Reads())
    before = {name: flat(module) for name, module in networks.named_children()}
    train_step(session.state, 0)
    assert passes == {"trunk": [16, 8], "recognition_trunk": [16]}
    assert not torch.equal(before["recognition_trunk"], flat(networks.recognition_trunk))
