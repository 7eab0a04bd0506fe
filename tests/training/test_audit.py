"""The gradient audit finds what would never learn, and leaves no trace."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import WeightedLoss
from ganlab_core.interface.step import StepContext
from ganlab_core.training.audit import audit_gradients
from tests.conftest import BuildSession


def test_a_sound_recipe_passes_and_nothing_is_changed(build_session: BuildSession) -> None:
    session = build_session()
    before = {name: value.clone() for name, value in session.state.model.networks.state_dict().items()}
    audit_gradients(session.state)
    after = session.state.model.networks.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(parameter.grad is None for _, parameter in session.state.model.named_parameters())


def test_a_parameter_without_gradient_is_named(build_session: BuildSession) -> None:
    session = build_session()
    spare = torch.nn.Parameter(torch.zeros(1))
    session.state.model.networks.generator.register_parameter("spare", spare)
    session.state.players["generator"].parameters["generator.spare"] = spare
    with pytest.raises(GanlabError, match=r"no loss gives a gradient to generator\.spare.*audit\.allow"):
        audit_gradients(session.state)


def test_a_parameter_without_gradient_may_be_allowed(build_session: BuildSession) -> None:
    session = build_session("audit.allow=[generator.spare]")
    session.state.players["generator"].parameters["generator.spare"] = torch.nn.Parameter(torch.zeros(1))
    audit_gradients(session.state)
    assert session.state.recipe.audit.allow == ("generator.spare",)


def test_a_loss_that_begins_late_counts(build_session: BuildSession) -> None:
    session = build_session("steps=100")

    class Late:
        def generator(self, step: StepContext) -> Tensor:
            return step.logits("fake")[0].mean() if step.number >= 50 else step.images("real").mean() * 0.0

    class Idle:
        def generator(self, step: StepContext) -> Tensor:
            return torch.zeros((), requires_grad=True)

    losses = session.state.model.losses
    assert isinstance(losses, dict)
    adversarial = losses.pop("adversarial")
    losses["late"] = WeightedLoss(loss=Late(), weight=1.0)
    losses["idle"] = WeightedLoss(loss=Idle(), weight=1.0)
    losses["critic"] = WeightedLoss(
        loss=type("Critic", (), {"discriminator": lambda self, step: adversarial.loss.discriminator(step)})(),
        weight=1.0,
    )
    audit_gradients(session.state)
    losses.pop("late")
    with pytest.raises(GanlabError, match="no loss gives a gradient to generator"):
        audit_gradients(session.state)
