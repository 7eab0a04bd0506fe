"""Entropy and perplexity against scipy, of counts and of proportions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import torch
from torch import Tensor

from ganlab_core import entropy, perplexity


@pytest.mark.parametrize("counts", [[3, 1, 0, 4], [7], [0, 5], [1] * 9, [0.2, 0.5, 0.3]])
def test_entropy_is_scipy_s_of_counts_and_of_proportions(counts: list[float]) -> None:
    assert entropy(np.array(counts)) == pytest.approx(scipy.stats.entropy(counts), abs=1e-15)
    assert entropy(torch.tensor(counts)) == pytest.approx(scipy.stats.entropy(counts), abs=1e-6)


def test_the_entropy_of_one_category_is_zero_and_not_minus_zero() -> None:
    assert math.copysign(1.0, entropy(np.array([0, 4]))) == 1.0
    assert entropy(np.array([0, 4])) == 0.0


@pytest.mark.parametrize("prior_K", [torch.full((4,), 0.25), torch.tensor([1.0, 0.0, 0.0, 0.0])])
def test_perplexity_goes_from_one_to_the_number_of_categories(prior_K: Tensor) -> None:
    assert perplexity(prior_K) == pytest.approx(1 / float(prior_K.max()))


def test_perplexity_of_shares_in_half_the_precision_stays_below_the_number_of_categories() -> None:
    assert perplexity(torch.full((10,), 0.1)) <= 10.0 + 1e-12


def test_perplexity_counts_even_bins_whole() -> None:
    assert perplexity(np.array([5, 5, 0, 5])) == pytest.approx(3.0)
