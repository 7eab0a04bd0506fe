"""The adversarial losses against loops written from the papers' formulas, one logit at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.step import StepContext
from ganlab_core.stock.losses import hinge, least_squares, nonsaturating, wasserstein
from ganlab_core.stock.losses.hinge import Hinge
from ganlab_core.stock.losses.least_squares import LeastSquares
from ganlab_core.stock.losses.nonsaturating import NonSaturating
from ganlab_core.stock.losses.wasserstein import Wasserstein

REAL = [0.3, -1.7, 2.5, 0.9]
FAKE = [-0.4, 1.2, -3.1, 0.05]
Term = Callable[[float], float]


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


# Module, class, then per-image terms: discriminator on real, discriminator on fake, generator on fake.
FORMULAS: dict[str, tuple[ModuleType, type[Any], Term, Term, Term]] = {
    "nonsaturating": (
        nonsaturating,
        NonSaturating,
        lambda real: -math.log(_sigmoid(real)),
        lambda fake: -math.log(1 - _sigmoid(fake)),
        lambda fake: -math.log(_sigmoid(fake)),
    ),
    "least-squares": (
        least_squares,
        LeastSquares,
        lambda real: (real - 1) ** 2 / 2,
        lambda fake: fake**2 / 2,
        lambda fake: (fake - 1) ** 2 / 2,
    ),
    "hinge": (
        hinge,
        Hinge,
        lambda real: max(0.0, 1 - real),
        lambda fake: max(0.0, 1 + fake),
        lambda fake: -fake,
    ),
    "wasserstein": (wasserstein, Wasserstein, lambda real: -real, lambda fake: fake, lambda fake: -fake),
}


def _mean(term: Term, logits: list[float]) -> float:
    return sum(map(term, logits)) / len(logits)


def _tensor(logits: list[float]) -> Tensor:
    return torch.tensor(logits, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("name", FORMULAS)
def test_scalars_are_the_papers_means(name: str) -> None:
    module, _, on_real, on_fake, of_generator = FORMULAS[name]
    found = module.discriminator_loss(_tensor(REAL), _tensor(FAKE)).item()
    assert found == pytest.approx(_mean(on_real, REAL) + _mean(on_fake, FAKE))
    assert module.generator_loss(_tensor(FAKE)).item() == pytest.approx(_mean(of_generator, FAKE))


@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_are_finite_differences(name: str) -> None:
    module = FORMULAS[name][0]
    assert torch.autograd.gradcheck(module.discriminator_loss, (_tensor(REAL), _tensor(FAKE)))
    assert torch.autograd.gradcheck(module.generator_loss, (_tensor(FAKE),))


@pytest.mark.parametrize("name", FORMULAS)
def test_a_step_is_scored_by_its_logits(name: str, make_step: Callable[..., StepContext]) -> None:
    module, loss, *_ = FORMULAS[name]
    step = make_step()
    real_N, fake_N = step.logits("real", "fake")
    assert loss().discriminator(step).item() == module.discriminator_loss(real_N, fake_N).item()
    assert loss().generator(step).item() == module.generator_loss(fake_N).item()


def test_confident_logits_cost_a_finite_amount() -> None:
    confident_N = torch.tensor([200.0])
    assert nonsaturating.discriminator_loss(-confident_N, confident_N).item() == pytest.approx(400)
    assert nonsaturating.generator_loss(-confident_N).item() == pytest.approx(200)
