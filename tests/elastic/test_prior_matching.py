"""The learned prior moves towards the mean prediction, that of the batch or that of the whole data set."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import to_uint8, to_unit_range
from ganlab_core.interface.latent import Recognition
from ganlab_core.interface.specs import LossSpec, PriorSpec
from ganlab_core.interface.step import StepContext
from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.folder import RunFolder
from ganlab_core.stock.priors.categorical import Categorical
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.stock.priors.uniform import Uniform
from ganlab_core.training.session import Surroundings, build_session
from ganlab_core.training.step import train_step
from ganlab_elastic.losses import prior_matching as module
from ganlab_elastic.losses.prior_matching import DataMatching, kl_to_prior, prior_matching
from ganlab_elastic.prior.elastic import ElasticCategorical
from tests.elastic.conftest import TinyRecognition

MakeStep = Callable[..., StepContext]
BOTH = LossSpec(image_shape=(1, 8, 8), codes={"code": 4, "style": 3}, dataset_size=100, steps=10)


def two_codes(**options: Any) -> dict[str, Any]:
    return {
        "noise": Normal(dim=2),
        "code": ElasticCategorical(classes=4, temperature=1.0, **options),
        "style": Categorical(PriorSpec(None), classes=3),
    }


def data(count: int = 11) -> Tensor:
    """Images whose predictions differ much from those of the step's own batch."""
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(5)).sub(0.3).clamp(-1, 1)


def over_data(**options: Any) -> DataMatching:
    loss = prior_matching(BOTH, over="data", **options)
    assert isinstance(loss, DataMatching)
    return loss


def naive_mean(step: StepContext, images_NCHW: Tensor) -> list[float]:
    """Image by image, the head in eval mode."""
    step.networks.eval()
    assert step.networks.recognition is not None
    rows = []
    for image_CHW in to_unit_range(to_uint8(images_NCHW)):
        recognition = step.networks.recognition(step.networks.trunk(image_CHW[None]))
        rows.append(recognition.parameters["code"][0].softmax(dim=0).tolist())
    return [sum(row[k] for row in rows) / len(rows) for k in range(4)]


def test_it_is_the_divergence_of_the_batch_s_mean_prediction_from_the_prior(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    loss = prior_matching(BOTH).generator(step)
    (recognition,) = step.recognise("real")
    mean_K = recognition.parameters["code"].softmax(dim=1).mean(dim=0)
    prior_K = step.prior.categorical["code"].probabilities()
    expected = torch.distributions.kl_divergence(
        torch.distributions.Categorical(mean_K), torch.distributions.Categorical(prior_K)
    )
    torch.testing.assert_close(loss, expected)


def test_it_moves_theta_by_the_prior_minus_the_batch_s_mean_and_nothing_else(make_step: MakeStep) -> None:
    step = make_step(two_codes())
    torch.autograd.backward(prior_matching(BOTH).generator(step))
    mean_K = step.recognise("real")[0].parameters["code"].softmax(dim=1).mean(dim=0)
    torch.testing.assert_close(step.prior.get_parameter("code.theta").grad, 0.25 - mean_K.detach())
    assert all(parameter.grad is None for parameter in step.networks.parameters())


@pytest.mark.parametrize("over", ["batch", "data"])
def test_it_waits_for_the_prior_s_warm_up(make_step: MakeStep, over: Any) -> None:
    loss = prior_matching(BOTH, over=over)
    learns = [loss.generator(make_step(two_codes(warm_up=2), number=number)).requires_grad for number in (1, 2)]
    assert learns == [False, True]


def test_a_category_that_is_never_predicted_is_taken() -> None:
    theta_K = torch.zeros(2, requires_grad=True)
    torch.autograd.backward(kl_to_prior(torch.tensor([1.0, 0.0]), theta_K))
    torch.testing.assert_close(theta_K.grad, torch.tensor([-0.5, 0.5]))


@pytest.mark.parametrize("block", [1024, 4])
def test_over_the_data_it_takes_the_mean_over_every_image(
    make_step: MakeStep, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    step = make_step(two_codes(), data_NCHW=data())
    loss = over_data()
    torch.autograd.backward(loss.generator(step))
    mean_K = torch.tensor(naive_mean(step, data()))
    torch.testing.assert_close(loss.mean_K, mean_K)
    torch.testing.assert_close(step.prior.get_parameter("code.theta").grad, 0.25 - mean_K)
    assert all(parameter.grad is None for parameter in step.networks.parameters())


def test_over_the_data_the_networks_are_left_in_the_mode_they_were_in(make_step: MakeStep) -> None:
    step = make_step(two_codes(), data_NCHW=data())
    over_data().generator(step)
    assert all(part.training for part in step.networks.modules())
    assert step.networks.recognition is not None
    assert all(parameter.requires_grad for parameter in step.networks.recognition.parameters())


def test_over_the_data_the_mean_is_kept_between_refreshes(make_step: MakeStep) -> None:
    loss = over_data(every=3)
    means = []
    for number, shift in enumerate([0.0, 0.1, 0.2, 0.3, 0.4]):
        loss.generator(make_step(two_codes(), number=number, data_NCHW=data() - shift))
        means.append(loss.mean_K.clone())
    same = [torch.equal(before, after) for before, after in pairwise(means)]
    assert same == [True, True, False, True]


def test_over_the_data_a_loss_that_starts_between_two_refreshes_takes_the_mean_at_once(make_step: MakeStep) -> None:
    loss = over_data(every=500)
    step = make_step(two_codes(), number=7, data_NCHW=data())
    assert loss.generator(step).isfinite()
    torch.testing.assert_close(loss.mean_K, torch.tensor(naive_mean(step, data())))


def test_over_the_data_the_mean_survives_a_checkpoint(make_step: MakeStep) -> None:
    loss, resumed = over_data(every=500), over_data(every=500)
    loss.generator(make_step(two_codes(), number=0, data_NCHW=data()))
    resumed.load_state_dict(loss.state_dict())
    resumed.generator(make_step(two_codes(), number=1, data_NCHW=data() - 0.4))
    assert torch.equal(resumed.mean_K, loss.mean_K)


def test_a_loss_over_the_data_has_nothing_that_learns() -> None:
    assert isinstance(over_data(), nn.Module)
    assert not list(over_data().parameters())


def test_a_prior_with_a_continuous_code_first_is_asked_for_the_categorical_one(make_step: MakeStep) -> None:
    factors = {"angle": Uniform(dim=1), "code": ElasticCategorical(classes=4)}
    spec = LossSpec(image_shape=(1, 8, 8), codes={"angle": 2, "code": 4}, dataset_size=4, steps=10)
    with pytest.raises(GanlabError, match=r"`code: angle` is no categorical code of the prior; it has \['code'\]"):
        prior_matching(spec, over="data").generator(make_step(factors))
    assert prior_matching(spec, code="code", over="data").generator(make_step(factors)).isfinite()


@pytest.mark.parametrize(("codes", "named"), [({"code": 4}, "cod"), ({}, None)])
def test_over_the_data_an_unknown_code_is_refused_when_the_loss_is_built(
    codes: dict[str, int], named: str | None
) -> None:
    spec = LossSpec(image_shape=(1, 8, 8), codes=codes, dataset_size=4, steps=10)
    with pytest.raises(GanlabError, match=rf"prior-matching: `code: {named}` is no code of the prior; it has \["):
        prior_matching(spec, code=named, over="data")


def test_a_code_that_is_not_categorical_is_named(make_step: MakeStep) -> None:
    with pytest.raises(
        GanlabError, match=r"prior-matching: `code: noise` is no categorical code .* \['code', 'style'\]"
    ):
        prior_matching(BOTH, code="noise").generator(make_step(two_codes()))


@pytest.mark.parametrize("over", ["batch", "data"])
def test_a_fixed_prior_is_told_what_to_use(make_step: MakeStep, over: Any) -> None:
    with pytest.raises(GanlabError, match=r"probabilities of `prior.style` are fixed; make it `use: elastic`"):
        prior_matching(BOTH, code="style", over=over).generator(make_step(two_codes()))


def test_over_the_data_the_device_is_asked_for_the_mean_only_after_it_was_written(
    make_step: MakeStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    isnan = torch.Tensor.isnan

    def counted(tensor: Tensor) -> Tensor:
        asked.append(1)
        return isnan(tensor)

    monkeypatch.setattr(torch.Tensor, "isnan", counted)
    loss = over_data(every=500)
    for number in range(1, 8):
        loss.generator(make_step(two_codes(), number=number))
    assert len(asked) == 2  # before the mean was taken, and once after
    loss.load_state_dict(loss.state_dict())
    for number in range(8, 11):
        loss.generator(make_step(two_codes(), number=number))
    assert len(asked) == 3


def test_over_the_data_a_mean_that_is_taken_back_as_by_the_audit_is_taken_anew(make_step: MakeStep) -> None:
    loss = over_data(every=500)
    empty_K = loss.mean_K.clone()
    for number in (1, 2):
        loss.generator(make_step(two_codes(), number=number))
    loss.mean_K.copy_(empty_K)
    assert loss.generator(make_step(two_codes(), number=3)).isfinite()
    loss.load_state_dict({"mean_K": empty_K})
    assert loss.generator(make_step(two_codes(), number=4)).isfinite()


def test_a_prior_that_does_not_learn_yet_stops_no_run_in_which_it_is_all_that_learns(
    tiny: dict[str, Any], tmp_path: Path
) -> None:
    tiny["prior"]["code"] = {"use": "elastic", "classes": 3, "warm_up": 2}
    tiny["networks"]["recognition"] = {"use": "recognition", "hidden": 4}
    tiny["losses"]["matching"] = {"use": "prior-matching"}
    plugins = load_plugins({})
    around = Surroundings(plugins=plugins, device=torch.device("cpu"))
    session = build_session(RunFolder(tmp_path / "run"), load_recipe(tiny, plugins=plugins), around)
    theta = session.state.model.prior.get_parameter("code.theta")
    losses = session.state.model.losses
    assert isinstance(losses, dict)
    del losses["adversarial"]
    moved = []
    for number in range(3):
        before = theta.detach().clone()
        assert train_step(session.state, number)["loss/generator/matching"].isfinite()
        moved.append(not torch.equal(theta, before))
    assert moved == [False, False, True]


class Teacher(TinyRecognition):
    """Reads the first features of an image as its code's parameters, and no other code."""

    def of_features(self, features_ND: Tensor) -> Recognition:
        return Recognition({"code": features_ND[:, :4]}, features_ND)


def with_teacher(make_step: MakeStep, frozen_ND: Tensor | None) -> StepContext:
    return make_step(two_codes(), data_NCHW=data(), frozen_ND=frozen_ND, head=lambda spec: Teacher(spec.codes))


def test_over_the_data_a_head_that_reads_frozen_features_is_asked_for_that_reading(make_step: MakeStep) -> None:
    frozen_ND = torch.randn(11, 6, generator=torch.Generator().manual_seed(6))
    loss = over_data()
    loss.generator(with_teacher(make_step, frozen_ND))
    torch.testing.assert_close(loss.mean_K, frozen_ND[:, :4].softmax(dim=1).mean(dim=0))


def test_over_the_data_pixels_are_read_where_there_are_no_features_or_the_head_reads_another_code_from_them(
    make_step: MakeStep,
) -> None:
    loss = over_data()
    step = with_teacher(make_step, None)
    loss.generator(step)
    torch.testing.assert_close(loss.mean_K, torch.tensor(naive_mean(step, data())))
    other = prior_matching(BOTH, code="style", over="data")
    factors = two_codes() | {"style": ElasticCategorical(classes=3)}
    other.generator(
        make_step(factors, data_NCHW=data(), frozen_ND=torch.ones(11, 6), head=lambda spec: Teacher(spec.codes))
    )
    assert isinstance(other, DataMatching)
    assert other.mean_K.shape == (3,)
    assert other.mean_K.isfinite().all()
