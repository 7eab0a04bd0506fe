"""KID against a loop over pairs of images."""

from __future__ import annotations

import pytest
import torch
from ganlab_fid.kid import kernel_distance
from ganlab_fid.pair import FeaturePair
from torch import Tensor


def by_loops(real_ND: Tensor, generated_MD: Tensor) -> float:
    """Equation 4 of the paper, written out: the kernel is (x.y / D + 1) cubed, and no image meets itself."""
    real, generated = real_ND.double(), generated_MD.double()

    def kernel(left_D: Tensor, right_D: Tensor) -> float:
        return (float(left_D @ right_D) / len(left_D) + 1.0) ** 3

    count, other = len(real), len(generated)
    within_real = sum(kernel(real[i], real[j]) for i in range(count) for j in range(count) if i != j)
    within_generated = sum(kernel(generated[i], generated[j]) for i in range(other) for j in range(other) if i != j)
    between = sum(kernel(left_D, right_D) for left_D in real for right_D in generated) / (count * other)
    return within_real / (count * (count - 1)) + within_generated / (other * (other - 1)) - 2 * between


@pytest.fixture
def pair(features_ND: Tensor) -> FeaturePair:
    return FeaturePair(features_ND[:50], features_ND[900:950] * 1.1)


def test_subsets_of_all_images_give_what_loops_give(pair: FeaturePair) -> None:
    found = kernel_distance(pair, subsets=3, subset_size=50)
    assert found.mean == pytest.approx(by_loops(pair.real_ND, pair.generated_MD), rel=1e-6)
    assert found.std == pytest.approx(0.0, abs=1e-9)


def test_small_subsets_scatter_around_what_loops_give(pair: FeaturePair) -> None:
    found = kernel_distance(pair, subsets=2000, subset_size=10)
    assert found.std > 0.0
    assert found.mean == pytest.approx(by_loops(pair.real_ND, pair.generated_MD), abs=5 * found.std / 2000**0.5)


def test_two_halves_of_real_digits_are_near_zero_and_a_shift_is_far(features_ND: Tensor) -> None:
    halves = FeaturePair(features_ND[::2], features_ND[1::2])
    shifted = FeaturePair(halves.real_ND, halves.generated_MD + 0.2)
    near, far = (kernel_distance(pair, subsets=20, subset_size=300) for pair in (halves, shifted))
    assert abs(near.mean) < far.mean / 100


def test_it_repeats_with_the_seed_and_leaves_global_randomness_alone(pair: FeaturePair) -> None:
    before = torch.random.get_rng_state()
    first, again, other = (kernel_distance(pair, subsets=5, subset_size=9, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert torch.equal(torch.random.get_rng_state(), before)
