"""The noise that is read back: its moments, its error, and what the core promises of a prior."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ganlab_clustergan.noise import EncodedNoise

from ganlab_core import CategoricalFactor, ContinuousFactor, Draw, Factor, GanlabError, Plugins, load_recipe
from ganlab_core.testing import check_prior

CPU = torch.device("cpu")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_it_keeps_what_the_core_asks_of_a_prior(alone: Plugins) -> None:
    entry = alone.registries["prior"].get("clustergan")
    check_prior(entry)
    check_prior(entry, dim=1, std=2.0)
    assert entry.component.slot == "noise"


@pytest.mark.parametrize("std", [0.1, 1.5])
def test_draws_are_normal_of_mean_0_independent_and_as_wide_as_asked(std: float) -> None:
    count = 40_000
    drawn = EncodedNoise(dim=3, std=std).sample(count, generator=seeded()).value_NW.double().numpy() / std
    assert drawn.shape == (count, 3)
    assert np.abs(drawn.mean(axis=0)).max() < 4 / count**0.5
    np.testing.assert_allclose(np.cov(drawn.T), np.eye(3), atol=4 * (2 / count) ** 0.5)
    np.testing.assert_allclose((drawn**4).mean(axis=0), 3.0, atol=4 * (96 / count) ** 0.5)


def test_the_paper_s_values_are_the_defaults() -> None:
    noise = EncodedNoise()
    assert (noise.width, noise.recognition_width, noise.std) == (30, 30, 0.1)


def test_the_error_is_the_squared_distance_of_each_row() -> None:
    noise = EncodedNoise(dim=4)
    draw = noise.sample(5, generator=seeded())
    estimate_NW = torch.randn(5, 4, generator=seeded(1))
    expected = [
        sum((float(estimate_NW[row, place]) - float(draw.value_NW[row, place])) ** 2 for place in range(4))
        for row in range(5)
    ]
    np.testing.assert_allclose(noise.nll(estimate_NW, draw).numpy(), expected, rtol=1e-6)
    assert torch.equal(noise.nll(estimate_NW, draw, target="soft"), noise.nll(estimate_NW, draw))


def test_the_error_is_a_gaussian_likelihood_but_for_a_constant() -> None:
    noise = EncodedNoise(dim=2, std=1.0)
    draw = noise.sample(6, generator=seeded())
    estimate_NW = torch.randn(6, 2, generator=seeded(1))
    log_density_NW = torch.distributions.Normal(estimate_NW, 0.5**0.5).log_prob(draw.value_NW)
    constant_N = -log_density_NW.sum(dim=1) - noise.nll(estimate_NW, draw)
    torch.testing.assert_close(constant_N, constant_N[:1].expand(6))


def test_it_can_be_held_and_a_held_value_is_what_is_read_back() -> None:
    draw = EncodedNoise(dim=2).fixed(0.3, 3, device=CPU)
    assert draw.value_NW.tolist() == [[pytest.approx(0.3)] * 2] * 3
    assert isinstance(draw, Draw)
    assert draw.target is draw.value_NW


def test_it_is_neither_a_class_code_nor_something_to_traverse() -> None:
    noise = EncodedNoise()
    assert isinstance(noise, Factor)
    assert not isinstance(noise, CategoricalFactor | ContinuousFactor)


@pytest.mark.parametrize(("override", "said"), [("std=0", "greater than 0"), ("dim=0", "greater than 0")])
def test_no_width_and_no_numbers_are_refused_where_they_are_written(alone: Plugins, override: str, said: str) -> None:
    with pytest.raises(GanlabError, match=rf"prior\.noise\.{override[:3]}.*{said}"):
        load_recipe(prior="clustergan", overrides=[f"prior.noise.{override}"], plugins=alone)
