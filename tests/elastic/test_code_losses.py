"""The losses that read codes back, in a step: values, where gradients go, what is recorded, what bad input says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import LossSpec, PriorSpec, RecognitionSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.stock.priors.categorical import Categorical
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform
from ganlab_elastic.clusters.over_clustering import OverClusteringHead
from ganlab_elastic.losses.consistency import consistency
from ganlab_elastic.losses.mutual_information import TrunkInformation, mutual_information
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.losses.pairwise import jensen_shannon, mean_entropy
from ganlab_elastic.prior.elastic import ElasticCategorical
from ganlab_elastic.views.views import MILD_VIEWS

MakeStep = Callable[..., StepContext]


def spec(**codes: int) -> LossSpec:
    return LossSpec(image_shape=(1, 8, 8), codes=codes, dataset_size=100, steps=10)


def two_codes(**options: Any) -> dict[str, Any]:
    return {
        "noise": Normal(dim=2),
        "code": ElasticCategorical(classes=4, temperature=1.0, **options),
        "style": Categorical(PriorSpec(None), classes=3),
    }


BOTH = spec(code=4, style=3)


def log_likelihoods(step: StepContext, code: str) -> Tensor:
    (recognition,) = step.recognise("fake")
    log_prob: Any = torch.distributions.Categorical(logits=recognition.parameters[code]).log_prob
    likelihood_N: Tensor = log_prob(step.latent.draws[code].target)
    return likelihood_N


def test_information_is_the_mean_negative_log_likelihood_of_every_code(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    expected = -log_likelihoods(step, "code").mean() - log_likelihoods(step, "style").mean()
    torch.testing.assert_close(mutual_information(BOTH).generator(step), expected)
    recorded = step.take_recorded()
    torch.testing.assert_close(recorded["code"], -log_likelihoods(step, "code").mean().detach())
    assert set(recorded) == {"code", "style"}


def test_information_can_be_restricted_and_weighted_by_code(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    loss = mutual_information(BOTH, codes=("style",), weights={"style": 0.1})
    torch.testing.assert_close(loss.generator(step), -0.1 * log_likelihoods(step, "style").mean())


def test_information_with_a_soft_target_scores_the_relaxed_value(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    (recognition,) = step.recognise("fake")
    log_q_NK = recognition.parameters["code"] - recognition.parameters["code"].exp().sum(dim=1, keepdim=True).log()
    expected = -(step.latent.draws["code"].value_NW * log_q_NK).sum(dim=1).mean()
    loss = mutual_information(BOTH, codes=("code",), target="soft")
    torch.testing.assert_close(loss.generator(step), expected)


def test_information_of_a_continuous_code_is_gaussian(make_step: MakeStep) -> None:
    step = make_step({"angle": Uniform(dim=2)})
    mean_NW, log_variance_NW = step.recognise("fake")[0].parameters["angle"].chunk(2, dim=1)
    log_prob: Any = torch.distributions.Normal(mean_NW, (log_variance_NW / 2).exp()).log_prob
    expected = -log_prob(step.latent.draws["angle"].value_NW).sum(dim=1).mean()
    torch.testing.assert_close(mutual_information(spec(angle=4)).generator(step), expected)


def test_information_trains_generator_head_and_prior(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    torch.autograd.backward(mutual_information(BOTH).generator(step))
    assert step.networks.recognition is not None
    learners = [
        *step.networks.generator.parameters(), *step.networks.recognition.parameters(), *step.prior.parameters()
    ]  # fmt: skip
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in learners)


def test_information_has_no_term_in_the_discriminator_s_phase_unless_it_trains_the_trunk(make_step: MakeStep) -> None:
    assert not hasattr(mutual_information(BOTH), "discriminator")
    loss = mutual_information(BOTH, trains="trunk")
    assert isinstance(loss, TrunkInformation)
    step = make_step(two_codes(), phase="discriminator")
    torch.autograd.backward(loss.discriminator(step))
    assert all(parameter.grad is not None for parameter in step.networks.trunk.parameters())
    assert all(parameter.grad is None for parameter in step.networks.generator.parameters())


def test_information_that_trains_the_trunk_is_the_same_in_the_generator_s_phase(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    with_trunk = mutual_information(BOTH, trains="trunk").generator(step)
    torch.testing.assert_close(with_trunk, mutual_information(BOTH).generator(step))


def batch_normed(spec: RecognitionSpec) -> OverClusteringHead:
    """A head with running statistics, its clusters merged, so that it has something to say."""
    head = OverClusteringHead(spec, hidden=5, subcodes=4, heads=1)
    head.groups_HSK.copy_(torch.eye(4)[None])
    return head


@pytest.mark.parametrize("own_trunk", [False, True])
def test_information_that_trains_the_generator_leaves_what_recognises_as_it_is(
    make_step: MakeStep, own_trunk: bool
) -> None:
    step = make_step(two_codes(), head=batch_normed, own_trunk=own_trunk)
    before = {name: buffer.clone() for name, buffer in step.networks.named_buffers()}
    torch.autograd.backward(mutual_information(BOTH, trains="generator").generator(step))
    trained = {name for name, parameter in step.networks.named_parameters() if parameter.grad is not None}
    assert trained == {"generator.0.weight", "generator.0.bias"}
    assert step.prior.get_parameter("code.theta").grad is not None
    assert len(before) == 4  # three of BatchNorm, and the groups
    assert all(torch.equal(buffer, before[name]) for name, buffer in step.networks.named_buffers())
    assert all(part.training for part in step.networks.modules())


@pytest.mark.parametrize("own_trunk", [False, True])
def test_information_that_trains_the_head_leaves_the_trunk_and_what_reads_other_codes_as_it_is(
    make_step: MakeStep, own_trunk: bool
) -> None:
    step = make_step(two_codes(), head=batch_normed, own_trunk=own_trunk)
    before = {name: buffer.clone() for name, buffer in step.networks.named_buffers()}
    torch.autograd.backward(mutual_information(BOTH, codes=("style",), trains="head").generator(step))
    trained = {name for name, parameter in step.networks.named_parameters() if parameter.grad is not None}
    head = {f"recognition.others.style.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")}
    assert trained == {"generator.0.weight", "generator.0.bias"} | head
    assert all(torch.equal(buffer, before[name]) for name, buffer in step.networks.named_buffers())
    assert all(part.training for part in step.networks.modules())


def test_information_that_trains_the_head_leaves_a_held_head_held(make_step: MakeStep) -> None:
    step = make_step(two_codes(), head=batch_normed)
    assert step.networks.recognition is not None
    step.networks.recognition.requires_grad_(False)
    torch.autograd.backward(mutual_information(BOTH, trains="head").generator(step))
    assert not any(parameter.requires_grad for parameter in step.networks.recognition.parameters())
    assert all(parameter.grad is None for parameter in step.networks.recognition.parameters())


def test_information_that_trains_the_generator_reads_with_the_statistics_that_training_left(
    make_step: MakeStep,
) -> None:
    step = make_step(two_codes(), head=batch_normed)
    loss = mutual_information(BOTH, codes=("code",), trains="generator").generator(step)
    step.networks.eval()
    torch.testing.assert_close(loss, -log_likelihoods(step, "code").mean())


def test_information_that_trains_the_generator_draws_fake_images_in_training_mode(make_step: MakeStep) -> None:
    step = make_step(two_codes(), head=batch_normed)
    modes: list[bool] = []
    step.networks.generator.register_forward_hook(lambda module, given, out: modes.append(module.training))
    mutual_information(BOTH, trains="generator").generator(step)
    assert modes == [True]


def test_information_without_any_code_says_which_line_to_add() -> None:
    with pytest.raises(GanlabError, match=r"mutual-information: the prior has no code .* `prior.code: \{use: elastic"):
        mutual_information(spec())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"codes": ("cod",)}, r"`codes` names \['cod'\], but the codes to read are \['code', 'style'\]"),
        ({"codes": ("code",), "weights": {"style": 2.0}}, r"`weights` names \['style'\], .* are \['code'\]"),
    ],
)
def test_information_of_an_unknown_code_names_it_and_those_there_are(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        mutual_information(BOTH, **arguments)


def test_consistency_is_nt_xent_between_the_embeddings_of_the_batch_and_its_view(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    loss = consistency(BOTH, temperature=0.5).generator(step)
    real, viewed = step.recognise("real", MILD_VIEWS)
    torch.testing.assert_close(loss, nt_xent(real.embedding_ND, viewed.embedding_ND, temperature=0.5))
    assert step.take_recorded() == {}


def test_consistency_compares_the_predictions_of_the_code_asked_for_and_adds_their_entropy(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    loss = consistency(BOTH, form="js", entropy=0.3, code="style").generator(step)
    real, viewed = (recognition.parameters["style"] for recognition in step.recognise("real", MILD_VIEWS))
    distance = jensen_shannon(real, viewed).mean()
    entropy = (mean_entropy(real) + mean_entropy(viewed)) / 2
    torch.testing.assert_close(loss, distance + 0.3 * entropy)
    torch.testing.assert_close(step.take_recorded(), {"distance": distance.detach(), "entropy": entropy.detach()})


def test_consistency_compares_the_first_categorical_code_by_default(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    named, default = (consistency(BOTH, form="kl", code=code).generator(step) for code in ("code", None))
    torch.testing.assert_close(named, default)


def test_consistency_trains_the_recognition_head_and_nothing_else(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    torch.autograd.backward(consistency(BOTH).generator(step))
    trained = {name for name, parameter in step.networks.named_parameters() if parameter.grad is not None}
    assert trained == {"recognition.hidden.weight", "recognition.hidden.bias"}


def test_consistency_of_an_unknown_code_names_it_and_those_there_are() -> None:
    with pytest.raises(
        GanlabError, match=r"consistency: `code: cod` is no code of the prior; it has \['code', 'style'\]"
    ):
        consistency(BOTH, code="cod")


def test_a_prior_without_categories_is_told_so(make_step: MakeStep) -> None:
    with pytest.raises(GanlabError, match=r"consistency: the prior has no categorical code among .*\['noise'\]"):
        consistency(spec(), form="kl").generator(make_step({"noise": Normal(dim=2)}))
