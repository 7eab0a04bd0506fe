"""Improved precision and recall against scikit-learn's nearest neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from ganlab_fid.pair import FeaturePair
from ganlab_fid.precision_recall import coverage
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from ganlab_core import GanlabError


def by_scikit_learn(points_MD: Tensor, manifold_ND: Tensor, k: int) -> float:
    """The share of points that lie in the ball of any member of the manifold."""
    points, manifold = points_MD.double().numpy(), manifold_ND.double().numpy()
    distances, _ = NearestNeighbors(n_neighbors=k).fit(manifold).kneighbors()  # none its own neighbour
    return float(np.mean((pairwise_distances(points, manifold) <= distances[:, -1]).any(axis=1)))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_it_is_what_scikit_learn_finds_on_halves_of_real_digits(features_ND: Tensor, k: int) -> None:
    real_ND, other_ND = features_ND[:898], features_ND[899:] * 1.05
    found = coverage(FeaturePair(real_ND, other_ND), k=k)
    assert 0.0 < found.precision < 1.0
    assert found.precision == pytest.approx(by_scikit_learn(other_ND, real_ND, k), abs=1e-9)
    assert found.recall == pytest.approx(by_scikit_learn(real_ND, other_ND, k), abs=1e-9)


def test_a_set_is_precise_about_itself_and_recalls_all_of_it(features_ND: Tensor) -> None:
    found = coverage(FeaturePair(features_ND, features_ND))
    assert (found.precision, found.recall) == (1.0, 1.0)


def test_images_far_from_all_real_ones_are_neither_precise_nor_recalled(features_ND: Tensor) -> None:
    found = coverage(FeaturePair(features_ND[:400], features_ND[400:800] + 100.0))
    assert (found.precision, found.recall) == (0.0, 0.0)


def test_one_good_image_again_and_again_is_precise_and_recalls_next_to_nothing(features_ND: Tensor) -> None:
    found = coverage(FeaturePair(features_ND[:500], features_ND[7:8].expand(500, -1)))
    assert found.precision == 1.0
    assert found.recall <= 1 / 500


def test_of_the_larger_side_as_many_are_taken_as_the_smaller_has(features_ND: Tensor) -> None:
    found = coverage(FeaturePair(features_ND[:100], features_ND[100:]))
    assert (found.precision * 100) % 1 == pytest.approx(0.0, abs=1e-9)
    assert found == coverage(FeaturePair(features_ND[:100], features_ND[100:]))


def test_no_more_images_than_neighbours_are_refused(features_ND: Tensor) -> None:
    with pytest.raises(GanlabError, match=r"3 images have no 3 neighbours each; give more than 3 of both"):
        coverage(FeaturePair(features_ND[:3], features_ND[3:]))
