"""The elastic prior: frequencies, gradients, temperature, warm-up, fixed codes."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from scipy.stats import chisquare

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor
from ganlab_elastic.prior.elastic import ElasticCategorical
from ganlab_elastic.prior.gumbel import gumbel_softmax, straight_through
from ganlab_elastic.prior.temperature import TemperatureSchedule


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_it_is_a_categorical_factor_that_starts_uniform() -> None:
    prior = ElasticCategorical(classes=4)
    assert isinstance(prior, CategoricalFactor)
    torch.testing.assert_close(prior.probabilities(), torch.full((4,), 0.25))


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_drawn_categories_have_the_prior_s_probabilities_at_any_temperature(temperature: float) -> None:
    prior = ElasticCategorical(classes=4, temperature=temperature)
    prior.theta.data = torch.tensor([0.0, 1.0, -1.0, 2.0])
    target = prior.sample(20_000, generator=seeded()).target
    assert target is not None
    expected = prior.probabilities().detach().double() * 20_000
    assert chisquare(torch.bincount(target, minlength=4), expected / expected.sum() * 20_000).pvalue > 0.001


def test_relaxed_draws_are_the_softmax_of_perturbed_logits() -> None:
    logits_K = torch.tensor([0.3, -0.2, 1.0])
    relaxed_NK = gumbel_softmax(logits_K, count=2, temperature=0.5, generator=seeded(7))
    exponential_NK = torch.empty(2, 3).exponential_(generator=seeded(7))
    for n in range(2):
        scores = [((logits_K[k] - exponential_NK[n, k].log()) / 0.5).exp() for k in range(3)]
        torch.testing.assert_close(relaxed_NK[n], torch.stack(scores) / sum(scores))


def test_low_temperature_draws_are_nearly_one_hot_and_high_temperature_draws_nearly_flat() -> None:
    cold = gumbel_softmax(torch.zeros(5), count=200, temperature=0.01, generator=seeded())
    hot = gumbel_softmax(torch.zeros(5), count=200, temperature=1e4, generator=seeded())
    assert cold.max(dim=1).values.mean() > 0.98
    torch.testing.assert_close(hot, torch.full((200, 5), 0.2), atol=1e-3, rtol=0.0)


def test_the_gradient_that_reaches_theta_is_the_numerical_one() -> None:
    weights_NK = torch.rand(6, 3, generator=seeded(3), dtype=torch.float64)

    def score(theta_K: torch.Tensor) -> torch.Tensor:
        relaxed_NK = gumbel_softmax(theta_K, count=6, temperature=0.7, generator=seeded())
        return (relaxed_NK * weights_NK).sum()

    theta_K = torch.tensor([0.2, -0.4, 0.1], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(score, (theta_K,))


def test_theta_learns_to_favour_the_category_that_scores_better() -> None:
    prior = ElasticCategorical(classes=3, temperature=1.0)
    draw = prior.sample(500, generator=seeded())
    torch.autograd.backward(-draw.value_NW[:, 2].mean())
    assert prior.theta.grad is not None
    assert prior.theta.grad[2] < 0 < prior.theta.grad[0]


def test_straight_through_is_one_hot_forwards_and_relaxed_backwards() -> None:
    draws, gradients = [], []
    for hard in (True, False):
        prior = ElasticCategorical(classes=3, temperature=0.8, straight_through=hard)
        draw = prior.sample(50, generator=seeded())
        torch.autograd.backward((draw.value_NW * torch.tensor([1.0, 2.0, 5.0])).sum())
        draws.append(draw)
        gradients.append(prior.theta.grad)
    assert draws[0].target is not None
    torch.testing.assert_close(draws[0].value_NW, torch.eye(3)[draws[0].target])
    torch.testing.assert_close(gradients[0], gradients[1])


def test_straight_through_needs_no_gradient_of_its_input() -> None:
    torch.testing.assert_close(
        straight_through(torch.tensor([[0.4, 0.6]]), torch.tensor([1])), torch.tensor([[0.0, 1.0]])
    )


def test_the_temperature_follows_its_schedule_and_ends_at_its_end() -> None:
    linear = TemperatureSchedule(start=1.0, end=0.2, steps=100, curve="linear")
    exponential = TemperatureSchedule(start=1.0, end=0.01, steps=100)
    assert [linear.at(step) for step in (0, 50, 100, 500, None)] == pytest.approx([1.0, 0.6, 0.2, 0.2, 0.2])
    assert [exponential.at(step) for step in (0, 50, 100, None)] == pytest.approx([1.0, 0.1, 0.01, 0.01])


def test_draws_use_the_schedule_s_temperature_at_their_step() -> None:
    prior = ElasticCategorical(classes=4, temperature=TemperatureSchedule(start=2.0, end=0.1, steps=10))
    for step, temperature in ((0, 2.0), (10, 0.1), (None, 0.1)):
        expected = gumbel_softmax(torch.zeros(4), count=3, temperature=temperature, generator=seeded())
        torch.testing.assert_close(prior.sample(3, generator=seeded(), step=step).value_NW, expected)


def test_a_recipe_s_mapping_becomes_a_schedule_and_its_misspelt_key_an_error() -> None:
    adapter = TypeAdapter(TemperatureSchedule)
    assert adapter.validate_json('{"start": 1, "end": 0.1, "steps": 5}').curve == "exponential"
    with pytest.raises(ValidationError, match="stepz"):
        adapter.validate_json('{"start": 1, "end": 0.1, "steps": 5, "stepz": 5}')


def test_during_the_warm_up_theta_gets_no_gradient_and_afterwards_it_does() -> None:
    prior = ElasticCategorical(classes=3, warm_up=2)
    learns = [prior.sample(4, generator=seeded(), step=step).value_NW.requires_grad for step in (0, 1, 2, None)]
    assert learns == [False, False, True, True]


def test_fixed_rows_are_one_hot_in_the_category_asked_for() -> None:
    draw = ElasticCategorical(classes=3).fixed(1, 2, device=torch.device("cpu"))
    torch.testing.assert_close(draw.value_NW, torch.tensor([[0.0, 1.0, 0.0]] * 2))
    assert draw.target is not None
    assert draw.target.tolist() == [1, 1]


@pytest.mark.parametrize("value", [3, -1, 0.5])
def test_a_category_that_does_not_exist_is_named_with_those_that_do(value: float) -> None:
    with pytest.raises(GanlabError, match=rf"category {value} of a code with 3 classes: choose a whole number, 0 to 2"):
        ElasticCategorical(classes=3).fixed(value, 2, device=torch.device("cpu"))


def test_nll_is_that_of_a_categorical_distribution() -> None:
    prior = ElasticCategorical(classes=3)
    draw = prior.sample(5, generator=seeded())
    logits_NK = torch.randn(5, 3, generator=seeded(1))
    log_prob: Any = torch.distributions.Categorical(logits=logits_NK).log_prob
    expected_N = -log_prob(draw.target)
    torch.testing.assert_close(prior.nll(logits_NK, draw), expected_N)


def test_soft_nll_is_the_cross_entropy_with_the_relaxed_draw() -> None:
    prior = ElasticCategorical(classes=3, temperature=1.0)
    draw = prior.sample(5, generator=seeded())
    logits_NK = torch.randn(5, 3, generator=seeded(1))
    q_NK = logits_NK.exp() / logits_NK.exp().sum(dim=1, keepdim=True)
    value_NW = draw.value_NW.detach()
    expected = [-sum(float(value_NW[n, k]) * math.log(q_NK[n, k]) for k in range(3)) for n in range(5)]
    torch.testing.assert_close(prior.nll(logits_NK, draw, target="soft").tolist(), expected, rtol=1e-5, atol=1e-6)
