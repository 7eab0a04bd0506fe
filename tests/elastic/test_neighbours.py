"""Neighbours and principal components against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from ganlab_elastic.clusters import neighbours
from ganlab_elastic.clusters.neighbours import nearest_neighbours, pixel_components, shrunk


def points(count: int, width: int = 6) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(count))


def distances(points_ND: Tensor) -> Tensor:
    """Between all pairs, without the rounding of a matrix product."""
    return torch.cdist(points_ND, points_ND, compute_mode="donot_use_mm_for_euclid_dist")


def images(count: int, side: int, channels: int = 1) -> Tensor:
    """Smooth images, so that the leading components stand apart from one another."""
    generator = torch.Generator().manual_seed(side)
    coarse_NCHW = torch.rand(count, channels, 8, 8, generator=generator) * torch.linspace(0.2, 2.0, 8)
    return F.interpolate(coarse_NCHW, (side, side), mode="bilinear") - 1.0


@pytest.mark.parametrize("block", [1024, 7, 1])
@pytest.mark.parametrize("count", [1, 5])
def test_neighbours_are_those_of_scikit_learn_in_blocks_of_any_size(
    monkeypatch: pytest.MonkeyPatch, block: int, count: int
) -> None:
    monkeypatch.setattr(neighbours, "_BLOCK", block)
    points_ND = points(40)
    found = nearest_neighbours(points_ND, count=count)
    expected = NearestNeighbors(n_neighbors=count).fit(points_ND.numpy()).kneighbors(return_distance=False)
    assert found.of_Q.tolist() == list(range(40))
    np.testing.assert_array_equal(found.nearest_QM.numpy(), expected)


@pytest.mark.parametrize(("queries", "expected"), [(40, 40), (39, 20), (13, 10), (1, 1)])
def test_of_so_many_points_at_most_evenly_spaced(queries: int, expected: int) -> None:
    every, some = (nearest_neighbours(points(40), count=3, queries=number) for number in (None, queries))
    assert len(some.of_Q) == expected
    assert len(set(some.of_Q.diff().tolist())) <= 1
    assert torch.equal(some.nearest_QM, every.nearest_QM[some.of_Q])


def test_a_point_is_never_its_own_neighbour_even_where_others_are_equal_to_it() -> None:
    found_NM = nearest_neighbours(torch.zeros(5, 3), count=4).nearest_QM
    assert [sorted(row) for row in found_NM.tolist()] == [[m for m in range(5) if m != n] for n in range(5)]


def assert_same_up_to_sign(found_ND: Tensor, pixels_NP: Tensor) -> None:
    """Components in the order of scikit-learn, which puts the one with most variance first."""
    width = found_ND.shape[1]
    expected = PCA(width, svd_solver="full").fit_transform(pixels_NP.double().numpy())
    found = found_ND.flip(1).numpy()
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=2e-3)


def test_components_are_those_of_scikit_learn_up_to_sign() -> None:
    images_NCHW = images(90, side=8)
    found_ND = pixel_components(images_NCHW)
    assert found_ND.shape == (90, 50)
    assert_same_up_to_sign(found_ND, images_NCHW.flatten(1))


def test_images_of_few_pixels_keep_a_component_for_each() -> None:
    images_NCHW = torch.rand(30, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    found_ND = pixel_components(images_NCHW)
    assert found_ND.shape == (30, 16)
    assert_same_up_to_sign(found_ND, images_NCHW.flatten(1))


@pytest.mark.parametrize("count", [63, 64, 65])
def test_components_are_the_same_from_fewer_images_than_pixels_and_from_more(count: int) -> None:
    images_NCHW = images(count, side=8)
    assert_same_up_to_sign(pixel_components(images_NCHW), images_NCHW.flatten(1))


def test_images_shrunk_beforehand_in_blocks_have_the_same_components() -> None:
    images_NCHW = images(40, side=64, channels=3)
    in_blocks_NCHW = torch.cat([shrunk(block_NCHW) for block_NCHW in images_NCHW.split(7)])
    assert in_blocks_NCHW.shape == (40, 3, 32, 32)
    assert torch.equal(pixel_components(in_blocks_NCHW), pixel_components(images_NCHW))


def test_large_images_are_shrunk_to_32_pixels_by_their_areas_means() -> None:
    images_NCHW = images(60, side=64)
    means_NCHW = images_NCHW.unflatten(3, (32, 2)).unflatten(2, (32, 2)).mean(dim=(3, 5))
    # Distances do not depend on the signs of components nor on their order.
    found_NN, expected_NN = distances(pixel_components(images_NCHW)), distances(pixel_components(means_NCHW))
    torch.testing.assert_close(found_NN, expected_NN, atol=1e-3, rtol=1e-3)


def test_distances_between_components_are_those_between_images() -> None:
    images_NCHW = images(30, side=8, channels=3)  # 30 images have 29 components at most
    found_ND, pixels_NP = pixel_components(images_NCHW), images_NCHW.flatten(1)
    torch.testing.assert_close(distances(found_ND), distances(pixels_NP), atol=1e-3, rtol=1e-3)


def test_autocast_changes_nothing() -> None:
    images_NCHW = images(40, side=8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast_ND = pixel_components(images_NCHW)
        found_NM = nearest_neighbours(under_autocast_ND, count=3).nearest_QM
    expected_ND = pixel_components(images_NCHW)
    assert torch.equal(under_autocast_ND, expected_ND)
    assert torch.equal(found_NM, nearest_neighbours(expected_ND, count=3).nearest_QM)
