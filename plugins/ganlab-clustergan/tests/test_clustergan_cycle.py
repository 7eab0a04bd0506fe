"""The cycle loss: its value against loops over the paper's formula, and whom it trains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from ganlab_clustergan.cycle import Cycle, cycle
from ganlab_clustergan.noise import EncodedNoise
from torch import Tensor

from ganlab_core import Factor, GanlabError, LatentSample, LossSpec, Plugins, Recognition, StepContext, load_run
from ganlab_core.testing import check_loss, run_recipe

ROWS = 7
NARROW: dict[str, Any] = {
    "prior": {"noise": {"use": "clustergan", "dim": 3}, "code": {"use": "categorical", "classes": 4}},
    "networks": {
        "generator": {"use": "dcgan", "width": 4},
        "trunk": {"use": "dcgan", "width": 4},
        "recognition": {"use": "recognition", "hidden": 8},
        "recognition_trunk": {"use": "dcgan", "width": 4},
    },
    "losses": {"cycle": {"use": "cycle"}},
}


@dataclass
class Step:
    """What the loss asks of a step, with an encoder that says what it is told to."""

    factors: Mapping[str, Factor]
    latent: LatentSample
    said: Mapping[str, Tensor]
    recorded: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, **factors: Factor) -> Step:
        random = torch.Generator().manual_seed(0)
        draws = {name: factor.sample(ROWS, generator=random) for name, factor in factors.items()}
        said = {name: torch.randn(ROWS, one.recognition_width, generator=random) for name, one in factors.items()}
        return cls(factors, LatentSample(draws), said)

    @property
    def prior(self) -> SimpleNamespace:
        return SimpleNamespace(factors=self.factors)

    def recognise(self, source: str) -> list[Recognition]:
        assert source == "fake"
        return [Recognition(self.said, embedding_ND=torch.zeros(ROWS, 1))]

    def record(self, name: str, value: Tensor) -> None:
        self.recorded[name] = value


def value(loss: Cycle, step: Step) -> Tensor:
    return loss.generator(cast(StepContext, step))


def squared_distance(step: Step, name: str) -> float:
    """E ||z_n - E_n(G(z))||^2, number by number."""
    total = 0.0
    for drawn, said in zip(step.latent.draws[name].value_NW.tolist(), step.said[name].tolist(), strict=True):
        total += sum((number - estimate) ** 2 for number, estimate in zip(drawn, said, strict=True))
    return total / ROWS


def cross_entropy(step: Step, name: str) -> float:
    """E H(z_c, softmax of what the encoder says), row by row."""
    total = 0.0
    for one_hot, logits in zip(step.latent.draws[name].value_NW.tolist(), step.said[name].tolist(), strict=True):
        log_sum = math.log(math.fsum(math.exp(logit) for logit in logits))
        total -= sum(bit * (logit - log_sum) for bit, logit in zip(one_hot, logits, strict=True))
    return total / ROWS


def spec(**codes: int) -> LossSpec:
    return LossSpec(image_shape=(1, 16, 16), codes=codes, dataset_size=10, steps=10)


@pytest.mark.parametrize(("beta_n", "beta_c"), [(10.0, 10.0), (0.0, 3.0), (0.5, 0.0)])
def test_it_is_the_paper_s_formula(categorical: Factor, beta_n: float, beta_c: float) -> None:
    step = Step.of(noise=EncodedNoise(dim=3), code=categorical)
    expected = beta_n * squared_distance(step, "noise") + beta_c * cross_entropy(step, "code")
    found = value(cycle(spec(noise=3, code=4), beta_n=beta_n, beta_c=beta_c), step)
    assert found.shape == ()
    assert found.item() == pytest.approx(expected, rel=1e-6)


def test_both_errors_are_logged_without_their_weights(categorical: Factor) -> None:
    step = Step.of(noise=EncodedNoise(dim=3), code=categorical)
    value(cycle(spec(noise=3, code=4)), step)
    assert step.recorded["noise"].item() == pytest.approx(squared_distance(step, "noise"), rel=1e-6)
    assert step.recorded["code"].item() == pytest.approx(cross_entropy(step, "code"), rel=1e-6)


def test_every_factor_that_is_read_counts_by_its_kind(categorical: Factor) -> None:
    step = Step.of(one=categorical, noise=EncodedNoise(dim=2), other=categorical, more=EncodedNoise(dim=5))
    expected = 2.0 * (squared_distance(step, "noise") + squared_distance(step, "more"))
    expected += 3.0 * (cross_entropy(step, "one") + cross_entropy(step, "other"))
    loss = cycle(spec(one=4, noise=2, other=4, more=5), beta_n=2.0, beta_c=3.0)
    assert value(loss, step).item() == pytest.approx(expected, rel=1e-6)


def test_a_perfect_encoder_pays_nothing(categorical: Factor) -> None:
    step = Step.of(noise=EncodedNoise(dim=3), code=categorical)
    drawn = step.latent.draws
    step.said = {"noise": drawn["noise"].value_NW, "code": 100.0 * drawn["code"].value_NW}
    assert value(cycle(spec(noise=3, code=4)), step).item() == pytest.approx(0.0, abs=1e-6)


def test_it_keeps_what_the_core_asks_of_a_loss(alone: Plugins) -> None:
    entry = alone.registries["loss"].get("cycle")
    check_loss(entry, NARROW, alone)
    assert not hasattr(cycle(spec(code=4)), "discriminator")


def test_its_gradient_reaches_generator_and_encoder_and_nothing_of_the_discriminator(alone: Plugins) -> None:
    adversarial = {"losses": {"adversarial": {"use": "nonsaturating"}, "cycle": {"use": "cycle"}}}
    model = load_run(run_recipe(NARROW | adversarial, plugins=alone).folder, plugins=alone).model
    networks = model.networks.train().requires_grad_(True)
    latent = model.prior.sample(ROWS, generator=torch.Generator().manual_seed(0))
    (encoded,) = networks.recognise([networks.generator(latent.vector_NZ)])
    torch.autograd.backward(value(Cycle(10.0, 10.0), Step(model.prior.factors, latent, encoded.parameters)))
    assert networks.recognition is not None
    assert networks.recognition_trunk is not None
    for network in (networks.generator, networks.recognition, networks.recognition_trunk):
        assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in network.parameters())
    for network in (networks.trunk, networks.discriminator):
        assert all(one.grad is None for one in network.parameters())


def test_in_training_it_is_the_discriminator_alone_that_nothing_would_train(alone: Plugins) -> None:
    with pytest.raises(GanlabError, match="no loss gives a gradient to") as caught:
        run_recipe(NARROW | {"losses": {"adversarial": None, "cycle": {"use": "cycle"}}}, plugins=alone)
    untrained = str(caught.value).partition("gradient to ")[2].partition(", so ")[0].split(", ")
    assert {name.partition(".")[0] for name in untrained} == {"trunk", "discriminator"}


def test_a_prior_with_nothing_to_read_is_refused_with_what_to_add() -> None:
    with pytest.raises(GanlabError) as caught:
        cycle(spec())
    assert str(caught.value) == (
        "cycle: the prior has nothing that an encoder could read back; "
        "add `prior.noise: {use: clustergan}` and `prior.code: {use: categorical, classes: 10}`, or drop this loss"
    )


def test_a_recipe_without_an_encoder_is_told_to_add_one(alone: Plugins, tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"loss cycle needs a recognition network; add"):
        run_recipe({"losses": {"cycle": {"use": "cycle"}}}, plugins=alone, run=tmp_path / "run")
