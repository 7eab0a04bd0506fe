"""The relativistic losses against loops written from the papers' formulas, one pair of logits at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from ganlab_stabilize.losses.relativistic import Relativistic, average_loss
from ganlab_stabilize.losses.relativistic_pairing import RelativisticPairing, pairing_loss
from small_step import of_logits
from torch import Tensor

REAL = [0.3, -1.7, 2.5, 0.9]
FAKE = [-0.4, 1.2, -3.1, 0.05]


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def average(above: list[float], below: list[float]) -> float:
    mean_above, mean_below = sum(above) / len(above), sum(below) / len(below)
    first = -sum(math.log(sigmoid(one - mean_below)) for one in above) / len(above)
    return first - sum(math.log(1 - sigmoid(one - mean_above)) for one in below) / len(below)


def pairing(above: list[float], below: list[float]) -> float:
    return -sum(math.log(sigmoid(one - other)) for one, other in zip(above, below, strict=True)) / len(above)


LOSSES = {
    "relativistic": (Relativistic, average, average_loss),
    "pairing": (RelativisticPairing, pairing, pairing_loss),
}


@pytest.mark.parametrize("name", LOSSES)
def test_both_players_terms_are_the_papers(name: str) -> None:
    loss, formula, _ = LOSSES[name]
    assert loss().discriminator(of_logits(REAL, FAKE)).item() == pytest.approx(formula(REAL, FAKE))
    assert loss().generator(of_logits(REAL, FAKE)).item() == pytest.approx(formula(FAKE, REAL))


@pytest.mark.parametrize("name", LOSSES)
def test_the_discriminator_asks_for_one_joint_pass(name: str) -> None:
    step = of_logits(REAL, FAKE)
    LOSSES[name][0]().discriminator(step)
    assert step.asked == [("real", "fake")]


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_finite_differences(name: str) -> None:
    function: Callable[[Tensor, Tensor], Tensor] = LOSSES[name][2]
    logits = [torch.tensor(one, dtype=torch.float64, requires_grad=True) for one in (REAL, FAKE)]
    assert torch.autograd.gradcheck(function, logits)


@pytest.mark.parametrize("name", LOSSES)
def test_only_differences_of_logits_count(name: str) -> None:
    function = LOSSES[name][2]
    real_N, fake_N = torch.tensor(REAL), torch.tensor(FAKE)
    torch.testing.assert_close(function(real_N + 7, fake_N + 7), function(real_N, fake_N))


@pytest.mark.parametrize("name", LOSSES)
def test_confident_logits_cost_a_finite_amount(name: str) -> None:
    assert LOSSES[name][2](torch.tensor([-300.0]), torch.tensor([300.0])).item() >= 600
