"""Finding classes in an embedding: cases whose classes are known, and input that says little."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_core import GanlabError
from ganlab_elastic.clusters.classes import find_classes

SIZES = (200, 80, 40, 20)


def blobs(sizes: tuple[int, ...], *, spread: float, seed: int = 0, width: int = 16) -> tuple[Tensor, Tensor]:
    """Gaussian blobs around random directions of length 1, and which blob each point is of."""
    generator = torch.Generator().manual_seed(seed)
    centres_KD = torch.nn.functional.normalize(torch.randn(len(sizes), width, generator=generator), dim=1)
    labels_N = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    return centres_KD[labels_N] + spread * torch.randn(len(labels_N), width, generator=generator), labels_N


def test_blobs_ten_times_apart_in_size_come_back_whole() -> None:
    embedding_ND, labels_N = blobs(SIZES, spread=0.05)
    found = find_classes(embedding_ND, classes=4, at_most=10, seed=0)
    pairs = {(code, label) for code, label in zip(found.codes_N.tolist(), labels_N.tolist(), strict=True)}
    assert len(pairs) == 4


def test_probabilities_are_of_one_and_their_largest_is_the_code() -> None:
    embedding_ND, _ = blobs(SIZES, spread=0.2)
    found = find_classes(embedding_ND, classes=4, at_most=10, seed=0)
    assert found.probabilities_NK.shape == (340, 4)
    torch.testing.assert_close(found.probabilities_NK.sum(dim=1), torch.ones(340))
    assert torch.equal(found.probabilities_NK.argmax(dim=1), found.codes_N)


def test_an_embedding_that_is_not_finite_is_refused() -> None:
    embedding_ND = torch.ones(20, 3)
    embedding_ND[3, 1] = torch.nan
    with pytest.raises(GanlabError, match="not finite"):
        find_classes(embedding_ND, classes=2, at_most=4, seed=0)


def test_more_classes_than_images_are_refused() -> None:
    with pytest.raises(GanlabError, match="5 images are too few for 6 classes"):
        find_classes(torch.randn(5, 3), classes=6, at_most=6, seed=0)
