"""The stock prior factors: draws, fixed values, and likelihoods against `torch.distributions`."""

from __future__ import annotations

import json

import pytest
import torch
import yaml
from torch import distributions

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor, Draw, Factor
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.plugins.arguments import arguments_model, call_values
from ganlab_core.stock.priors.categorical import Categorical, Probabilities
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform

NO_LABELS = PriorSpec(class_proportions=None)
CPU = torch.device("cpu")
FACTORS: dict[str, Factor] = {
    "normal": Normal(dim=3),
    "uniform": Uniform(dim=2, low=-2.0, high=0.5),
    "categorical": Categorical(NO_LABELS, classes=4, probabilities=(0.1, 0.2, 0.3, 0.4)),
}


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(params=FACTORS)
def factor(request: pytest.FixtureRequest) -> Factor:
    return FACTORS[request.param]


def test_draws_follow_the_given_generator_alone(factor: Factor) -> None:
    before = torch.random.get_rng_state()
    first = factor.sample(50, generator=_generator(1), step=0)
    assert torch.equal(first.value_NW, factor.sample(50, generator=_generator(1), step=7).value_NW)
    assert not torch.equal(first.value_NW, factor.sample(50, generator=_generator(2)).value_NW)
    assert first.value_NW.shape == (50, factor.width)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_normal_is_noise_of_zero_mean_and_unit_variance() -> None:
    draw = Normal(dim=4).sample(5000, generator=_generator())
    assert draw.target is None
    torch.testing.assert_close(draw.value_NW.mean(0), torch.zeros(4), atol=0.05, rtol=0)
    torch.testing.assert_close(draw.value_NW.std(0), torch.ones(4), atol=0.05, rtol=0)


def test_normal_names_the_prior_for_codes_when_asked_to_be_one() -> None:
    with pytest.raises(GanlabError, match="noise that nobody predicts: use `uniform`"):
        Normal(dim=2).nll(torch.zeros(1, 2), Draw(torch.zeros(1, 2)))


def test_uniform_fills_its_range_evenly() -> None:
    value_NW = Uniform(dim=2, low=-2.0, high=0.5).sample(5000, generator=_generator()).value_NW
    assert -2.0 <= value_NW.min() < -1.99
    assert 0.49 < value_NW.max() < 0.5
    torch.testing.assert_close(value_NW.mean(0), torch.full((2,), -0.75), atol=0.05, rtol=0)


def test_uniform_scores_draws_as_gaussians_of_learned_variance() -> None:
    factor = Uniform(dim=3)
    draw = factor.sample(5, generator=_generator())
    parameters_NR = torch.randn(5, factor.recognition_width, generator=_generator(1))
    gaussian = distributions.Normal(parameters_NR[:, :3], parameters_NR[:, 3:].exp().sqrt())
    expected_N = -gaussian.log_prob(draw.value_NW).sum(1)
    torch.testing.assert_close(factor.nll(parameters_NR, draw), expected_N)
    torch.testing.assert_close(factor.nll(parameters_NR, draw, target="soft"), expected_N)


def test_uniform_scores_draws_as_gaussians_of_unit_variance_when_fixed() -> None:
    factor = Uniform(dim=3, variance="fixed")
    assert factor.recognition_width == 3
    draw = factor.sample(5, generator=_generator())
    mean_NW = torch.randn(5, 3, generator=_generator(1))
    gaussian = distributions.Normal(mean_NW, 1.0)
    expected_N = -gaussian.log_prob(draw.value_NW).sum(1)
    torch.testing.assert_close(factor.nll(mean_NW, draw), expected_N)


def test_uniform_stays_finite_for_an_exact_and_overconfident_prediction() -> None:
    draw = Uniform().fixed(0.5, 1, device=CPU)
    overconfident = torch.tensor([[0.5, -1e4]])
    assert Uniform().nll(overconfident, draw).item() == pytest.approx(-5 + 0.9189385)


def test_uniform_refuses_an_empty_range() -> None:
    with pytest.raises(GanlabError, match="low 1 is not below high -1"):
        Uniform(low=1, high=-1)


def test_categorical_draws_categories_as_often_as_their_probabilities_say() -> None:
    factor = Categorical(NO_LABELS, classes=4, probabilities=(0.1, 0.2, 0.3, 0.4))
    draw = factor.sample(20_000, generator=_generator())
    assert draw.target is not None
    torch.testing.assert_close(draw.value_NW.mean(0), factor.probabilities(), atol=0.01, rtol=0)
    assert torch.equal(draw.value_NW.argmax(1), draw.target)
    assert torch.equal(draw.value_NW.sum(1), torch.ones(20_000))


def test_categorical_never_draws_a_category_of_probability_zero() -> None:
    factor = Categorical(NO_LABELS, classes=3, probabilities=(0.5, 0.0, 0.5))
    assert factor.sample(1000, generator=_generator()).value_NW[:, 1].sum() == 0


def test_categorical_takes_uniform_or_the_data_sets_proportions() -> None:
    assert isinstance(Categorical(NO_LABELS), CategoricalFactor)
    torch.testing.assert_close(Categorical(NO_LABELS, classes=5).probabilities(), torch.full((5,), 0.2))
    spec = PriorSpec(class_proportions=(0.7, 0.2, 0.1))
    factor = Categorical(spec, classes=3, probabilities="true")
    torch.testing.assert_close(factor.probabilities(), torch.tensor([0.7, 0.2, 0.1]))


@pytest.mark.parametrize(
    ("spec", "classes", "probabilities", "message"),
    [
        (NO_LABELS, 3, "true", "`probabilities: true` needs a data set with labels: use `uniform`"),
        (PriorSpec((0.5, 0.5)), 3, "true", "2 probabilities for 3 classes: set `classes: 2`"),
        (NO_LABELS, 3, (0.5, 0.5), "2 probabilities for 3 classes"),
        (NO_LABELS, 2, (0.5, 0.4), r"probabilities sum to 0\.9, not to 1"),
        (NO_LABELS, 2, (1.5, -0.5), r"probability -0\.5 is below 0"),
        (NO_LABELS, 2, (float("nan"), 0.5), "probability nan is below 0 or no number"),
    ],
)
def test_categorical_refuses_what_is_no_distribution(
    spec: PriorSpec, classes: int, probabilities: Probabilities, message: str
) -> None:
    with pytest.raises(GanlabError, match=message):
        Categorical(spec, classes=classes, probabilities=probabilities)


@pytest.mark.parametrize("value", [-1, 4, 1.5])
def test_categorical_refuses_a_category_that_it_has_not(value: float) -> None:
    message = rf"category {value:g} of a code with 4 classes: choose a whole number, 0 to 3"
    with pytest.raises(GanlabError, match=message):
        Categorical(NO_LABELS, classes=4).fixed(value, 2, device=CPU)


def test_categorical_scores_the_drawn_index_or_the_relaxed_value() -> None:
    factor = Categorical(NO_LABELS, classes=4)
    logits_NK = torch.randn(6, 4, generator=_generator())
    target = torch.tensor([0, 1, 2, 3, 0, 1])
    value_NW = torch.rand(6, 4, generator=_generator(1)).softmax(1).requires_grad_()
    draw = Draw(value_NW, target)
    said = distributions.Categorical(logits=logits_NK)
    hard_N = -said.log_prob(target)
    torch.testing.assert_close(factor.nll(logits_NK, draw), hard_N)
    soft_N = factor.nll(logits_NK, draw, target="soft")
    torch.testing.assert_close(soft_N, -(value_NW * said.probs.log()).sum(1))
    (gradient_NW,) = torch.autograd.grad(soft_N.sum(), value_NW)
    torch.testing.assert_close(gradient_NW, -said.probs.log())


@pytest.mark.parametrize(
    ("written", "taken"),
    [("true", "true"), ('"true"', "true"), ("uniform", "uniform"), ("[0.25, 0.75]", (0.25, 0.75)), ("[1, 0]", (1, 0))],
)
def test_categorical_takes_probabilities_as_a_recipe_writes_them(written: str, taken: Probabilities) -> None:
    arguments = {"classes": 2, "probabilities": yaml.safe_load(written)}
    checked = arguments_model(Categorical, name="categorical").model_validate_json(json.dumps(arguments))
    assert call_values(checked) == {"classes": 2, "probabilities": taken}


def test_categorical_saves_its_probabilities() -> None:
    saved = Categorical(PriorSpec((0.7, 0.3)), classes=2, probabilities="true").state_dict()
    restored = Categorical(NO_LABELS, classes=2)
    restored.load_state_dict(saved)
    torch.testing.assert_close(restored.probabilities(), torch.tensor([0.7, 0.3]))
