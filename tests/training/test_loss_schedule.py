"""Losses that start and end: what takes part in which step, what is left out whole, and when losses are prepared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import WeightedLoss
from ganlab_core.interface.step import StepContext
from ganlab_core.training.audit import audit_gradients
from ganlab_core.training.batches import Batches
from ganlab_core.training.session import Session
from ganlab_core.training.step import train_step
from tests.conftest import BuildSession


def flat(module: nn.Module) -> Tensor:
    """All parameters in one vector, a copy."""
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def passes_of(module: nn.Module) -> list[int]:
    """Grows by the batch size with every pass through the module."""
    passes: list[int] = []
    module.register_forward_hook(lambda module, given, out: passes.append(len(given[0])))
    return passes


def losses_of(session: Session) -> dict[str, WeightedLoss]:
    losses = session.state.model.losses
    assert isinstance(losses, dict)
    return losses


class Weights:
    """Trains the generator without fake images, and tells in which steps."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def generator(self, step: StepContext) -> Tensor:
        self.steps.append(step.number)
        return torch.stack([p.square().sum() for p in step.networks.generator.parameters()]).sum()


class Prepared(Weights):
    """Tells what `prepare` was given and when."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, int, bool]] = []

    def prepare(self, step: StepContext) -> None:
        self.calls.append((f"prepare in the {step.phase}'s phase", step.number, torch.is_grad_enabled()))

    def discriminator(self, step: StepContext) -> Tensor:
        self.calls.append(("discriminator", step.number, torch.is_grad_enabled()))
        return step.logits("real")[0].mean()


@pytest.mark.parametrize(
    ("starts", "ends", "counted"),
    [(0, None, [0, 1, 2, 3]), (2, None, [2, 3]), (0, 2, [0, 1]), (1, 3, [1, 2]), (3, 3, [])],
)
def test_a_loss_counts_from_the_step_it_starts_with_until_before_the_one_it_ends_with(
    build_session: BuildSession, starts: int, ends: int | None, counted: list[int]
) -> None:
    loss = Weights()
    weighted = WeightedLoss(loss=loss, starts=starts, ends=ends)
    assert [number for number in range(4) if weighted.counts(number)] == counted
    session = build_session()
    losses_of(session)["weights"] = weighted
    logged = [number for number in range(4) if "loss/generator/weights" in train_step(session.state, number)]
    assert loss.steps == logged == counted


def test_a_recipe_says_when_a_loss_starts_and_ends(build_session: BuildSession) -> None:
    session = build_session("+losses.adversarial.starts=1", "+losses.adversarial.ends=3")
    weighted = session.state.model.losses["adversarial"]
    assert (weighted.starts, weighted.ends) == (1, 3)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+losses.adversarial.starts=-1", "losses.adversarial.starts: should be greater than or equal to 0, not -1"),
        ("+losses.adversarial.ends=0", "losses.adversarial.ends: should be greater than 0, not 0"),
    ],
)
def test_a_start_or_an_end_that_is_no_step_is_refused(build_session: BuildSession, override: str, message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        build_session(override)


def test_a_phase_without_losses_is_left_out_and_no_fake_images_are_made(build_session: BuildSession) -> None:
    session = build_session("+losses.adversarial.starts=2", "n_critic=2")
    losses_of(session)["weights"] = WeightedLoss(loss=Weights(), ends=2)
    networks = session.state.model.networks
    made, judged = passes_of(networks.generator), passes_of(networks.trunk)
    before = {name: flat(module) for name, module in networks.named_children()}
    for number in range(2):
        assert set(train_step(session.state, number)) == {"loss/generator", "loss/generator/weights"}
    assert (made, judged) == ([], [])
    assert not session.state.players["discriminator"].optimiser.state
    moved = {name for name, module in networks.named_children() if not torch.equal(before[name], flat(module))}
    assert moved == {"generator"}
    assert {"loss/discriminator", "loss/generator"} < set(train_step(session.state, 2))
    assert made == [8, 8]  # once for each repeat of the discriminator's phase


def test_a_step_without_any_loss_changes_nothing_and_has_no_scalars(build_session: BuildSession) -> None:
    session = build_session("+losses.adversarial.starts=2")
    before = flat(session.state.model.networks)
    assert train_step(session.state, 0, norms=True) == {}
    assert torch.equal(flat(session.state.model.networks), before)


def test_fake_images_that_only_the_generator_s_phase_asks_for_are_made_there_and_train_it(
    build_session: BuildSession,
) -> None:
    session = build_session()

    class Brightness:
        def generator(self, step: StepContext) -> Tensor:
            assert step.images("fake").requires_grad
            return step.images("fake").mean()

    losses = losses_of(session)
    losses.clear()
    losses["brightness"] = WeightedLoss(loss=Brightness())
    networks = session.state.model.networks
    made, before = passes_of(networks.generator), flat(networks.generator)
    train_step(session.state, 0)
    assert made == [8]
    assert not torch.equal(flat(networks.generator), before)


def test_fake_images_are_made_once_for_both_phases(build_session: BuildSession) -> None:
    session = build_session()
    made = passes_of(session.state.model.networks.generator)
    train_step(session.state, 0)
    assert made == [8]


def test_a_loss_is_prepared_once_a_step_before_its_phases_and_without_gradient(build_session: BuildSession) -> None:
    session = build_session("n_critic=3")
    loss = Prepared()
    losses_of(session)["prepared"] = WeightedLoss(loss=loss)
    for number in range(2):
        train_step(session.state, number)
    assert loss.calls == [
        call
        for number in range(2)
        for call in [("prepare in the generator's phase", number, False), *[("discriminator", number, True)] * 3]
    ]


def test_a_loss_is_prepared_in_steps_in_which_it_does_not_count(build_session: BuildSession) -> None:
    session = build_session()
    loss = Prepared()
    losses_of(session)["prepared"] = WeightedLoss(loss=loss, starts=1, ends=2)
    for number in range(3):
        train_step(session.state, number)
    assert [number for name, number, _ in loss.calls if name.startswith("prepare")] == [0, 1, 2]
    assert loss.steps == [1]


def test_losses_are_prepared_on_one_step_that_is_opened_only_if_one_asks(
    build_session: BuildSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = build_session()
    given: list[StepContext] = []
    opened: list[int] = []
    indices = Batches.indices

    def counted(batches: Batches, number: int) -> Tensor:
        opened.append(number)
        return indices(batches, number)

    monkeypatch.setattr(Batches, "indices", counted)

    class Keeps(Weights):
        def prepare(self, step: StepContext) -> None:
            given.append(step)

    train_step(session.state, 0)
    assert opened == [0]
    losses_of(session)["one"], losses_of(session)["other"] = WeightedLoss(loss=Keeps()), WeightedLoss(loss=Keeps())
    train_step(session.state, 1)
    assert opened == [0, 1, 1]
    assert given[0] is given[1]


def test_a_phase_in_which_nothing_can_learn_is_logged_and_updates_nothing(build_session: BuildSession) -> None:
    session = build_session()

    class Constant:
        def generator(self, step: StepContext) -> Tensor:
            step.record("seen", step.images("real").mean())
            return torch.tensor(0.5)

    losses = losses_of(session)
    losses.clear()
    losses["constant"] = WeightedLoss(loss=Constant(), weight=3.0)
    before = flat(session.state.model.networks)
    scalars = train_step(session.state, 0, norms=True)
    assert scalars["loss/generator"].item() == scalars["loss/generator/constant"].item() == 1.5
    assert set(scalars) == {"loss/generator", "loss/generator/constant", "loss/generator/constant/seen"}
    assert torch.equal(flat(session.state.model.networks), before)
    assert not session.state.players["generator"].optimiser.state
    with pytest.raises(GanlabError, match=r"no loss gives a gradient to .*generator"):
        audit_gradients(session.state)


def test_the_audit_prepares_no_loss(build_session: BuildSession) -> None:
    session = build_session()
    loss = Prepared()
    losses_of(session)["prepared"] = WeightedLoss(loss=loss)
    audit_gradients(session.state)
    assert loss.calls
    assert not [name for name, _, _ in loss.calls if name.startswith("prepare")]


def test_a_loss_that_asks_for_fake_images_when_prepared_changes_no_draw(build_session: BuildSession) -> None:
    class Looks:
        seen: list[Tensor]

        def prepare(self, step: StepContext) -> None:
            self.seen = [step.images("fake")]

        def generator(self, step: StepContext) -> Tensor:
            self.seen.append(step.images("fake"))
            return step.images("fake").mean()

    session, looks = build_session(), Looks()
    losses_of(session)["looks"] = WeightedLoss(loss=looks)
    train_step(session.state, 0)
    torch.testing.assert_close(looks.seen[0], looks.seen[1].detach())
    assert [image.requires_grad for image in looks.seen] == [False, True]


def test_losses_that_have_ended_are_not_missed_by_the_audit(build_session: BuildSession) -> None:
    early: Any = build_session("+losses.adversarial.ends=2")
    audit_gradients(early.state)
    never = build_session()
    losses_of(never)["adversarial"] = replace(losses_of(never)["adversarial"], starts=4)
    with pytest.raises(GanlabError, match=r"no loss gives a gradient to .*generator"):
        audit_gradients(never.state)
