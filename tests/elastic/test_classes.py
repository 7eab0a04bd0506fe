"""Finding classes in an embedding: cases whose classes are known, and input that says little."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_core import GanlabError, contingency_table, matched_accuracy
from ganlab_elastic.clusters.classes import find_classes

SIZES = (200, 80, 40, 20)


def blobs(sizes: tuple[int, ...], *, spread: float, seed: int = 0, width: int = 16) -> tuple[Tensor, Tensor]:
    """Gaussian blobs around random directions of length 1, and which blob each point is of."""
    generator = torch.Generator().manual_seed(seed)
    centres_KD = torch.nn.functional.normalize(torch.randn(len(sizes), width, generator=generator), dim=1)
    labels_N = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    return centres_KD[labels_N] + spread * torch.randn(len(labels_N), width, generator=generator), labels_N


def matched(codes_N: Tensor, labels_N: Tensor) -> float:
    """The share of points that are right when each code means one label."""
    return matched_accuracy(contingency_table(codes_N, labels_N, codes=10, classes=10))


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


def test_what_is_seen_beside_an_embedding_tells_classes_apart_that_it_does_not() -> None:
    embedding_ND, labels_N = blobs((120, 60, 40), spread=0.05)
    found = find_classes(torch.ones(220, 4), beside=[embedding_ND], classes=3, at_most=10, seed=0)
    assert matched(found.codes_N, labels_N) == 1.0


def test_a_few_points_between_two_blobs_do_not_chain_them() -> None:
    (left_ND, _), (right_ND, _) = blobs((60,), spread=0.05, seed=1), blobs((60,), spread=0.05, seed=2)
    steps_S1 = torch.linspace(0.1, 0.9, 9)[:, None]
    bridge_SD = (1 - steps_S1) * left_ND.mean(dim=0) + steps_S1 * right_ND.mean(dim=0)
    found = find_classes(torch.cat([left_ND, right_ND, bridge_SD]), classes=2, at_most=5, seed=0)
    left_code, right_code = found.codes_N[0], found.codes_N[60]
    assert left_code != right_code
    assert (found.codes_N[:60] == left_code).all()
    assert (found.codes_N[60:120] == right_code).all()


def test_odd_images_take_no_class_from_blobs() -> None:
    embedding_ND, labels_N = blobs(SIZES, spread=0.05)
    odd_ND = torch.randn(3, 16, generator=torch.Generator().manual_seed(5))
    found = find_classes(torch.cat([embedding_ND, odd_ND]), classes=4, at_most=10, seed=0)
    assert matched(found.codes_N[:-3], labels_N) == 1.0


def test_overlapping_blobs_make_no_giant() -> None:
    embedding_ND, labels_N = blobs((120, 60, 40, 30, 20), spread=0.22, seed=3)
    found = find_classes(embedding_ND, classes=5, at_most=10, seed=0)
    assert found.codes_N.bincount().max() <= 1.5 * labels_N.bincount().max()


def test_confidence_is_near_how_often_codes_are_right() -> None:
    embedding_ND, labels_N = blobs((120, 60, 40, 30), spread=0.25, seed=3)
    found = find_classes(embedding_ND, classes=4, at_most=10, seed=0)
    sure = found.probabilities_NK.max(dim=1).values.mean().item()
    assert sure == pytest.approx(matched(found.codes_N, labels_N), abs=0.15)


def test_classes_that_overlap_are_less_separate() -> None:
    near, far = (
        find_classes(blobs(SIZES, spread=spread)[0], classes=4, at_most=10, seed=0).separation for spread in (0.4, 0.05)
    )
    assert 0.0 <= near < far <= 1.0


@pytest.mark.parametrize("seed", range(3))
def test_three_blobs_are_counted_as_three(seed: int) -> None:
    assert find_classes(blobs((120, 70, 40), spread=0.05, seed=seed)[0], classes=None, at_most=20, seed=0).count == 3


@pytest.mark.parametrize("sizes", [(200, 100, 60, 30), (100, 60, 50, 40, 30, 20, 15)])
def test_separate_blobs_are_counted_about_right(sizes: tuple[int, ...]) -> None:
    found = find_classes(blobs(sizes, spread=0.05)[0], classes=None, at_most=20, seed=0)
    assert found.count == pytest.approx(len(sizes), abs=1 + len(sizes) // 4)


def test_no_more_classes_are_counted_than_allowed() -> None:
    found = find_classes(blobs((40, 30, 20, 20, 20), spread=0.05)[0], classes=None, at_most=3, seed=0)
    assert found.count == found.codes_N.unique().numel() == 3


def test_of_many_images_some_are_looked_at_and_the_others_read() -> None:
    embedding_ND, labels_N = blobs(SIZES, spread=0.05)
    found = find_classes(embedding_ND, classes=4, at_most=10, seed=0, at_once=120)
    assert matched(found.codes_N, labels_N) == 1.0
    assert torch.equal(found.probabilities_NK.argmax(dim=1), found.codes_N)


def test_the_same_embedding_gives_the_same_classes() -> None:
    embedding_ND, _ = blobs(SIZES, spread=0.3)
    one = find_classes(embedding_ND, classes=None, at_most=10, seed=0)
    find_classes.forget()
    other = find_classes(embedding_ND, classes=None, at_most=10, seed=0)
    assert one is not other
    assert torch.equal(one.codes_N, other.codes_N)
    assert torch.equal(one.probabilities_NK, other.probabilities_NK)


@pytest.mark.parametrize(
    "embedding_ND",
    [
        pytest.param(torch.ones(30, 4), id="all the same"),
        pytest.param(torch.zeros(30, 4), id="all zero"),
        pytest.param(torch.eye(3).repeat(10, 1), id="three images ten times"),
        pytest.param(torch.linspace(-1, 1, 30)[:, None], id="one number each"),
        pytest.param(torch.eye(5), id="few more images than classes"),
        pytest.param(torch.eye(3), id="an image a class"),
    ],
)
@pytest.mark.parametrize("classes", [3, None])
def test_an_embedding_that_says_little_still_gives_classes(embedding_ND: Tensor, classes: int | None) -> None:
    found = find_classes(embedding_ND, classes=classes, at_most=3, seed=0)
    assert found.probabilities_NK.isfinite().all()
    assert found.codes_N.shape == embedding_ND.shape[:1]
    assert 0 <= found.codes_N.min() <= found.codes_N.max() < found.count <= 3


def test_of_many_images_the_others_are_read_with_what_is_seen_beside() -> None:
    beside_ND, labels_N = blobs(SIZES, spread=0.05)
    found = find_classes(torch.ones(340, 2), beside=[beside_ND], classes=4, at_most=10, seed=0, at_once=120)
    assert matched(found.codes_N, labels_N) == 1.0


def test_an_embedding_that_is_not_finite_is_refused() -> None:
    embedding_ND = torch.ones(20, 3)
    embedding_ND[3, 1] = torch.nan
    with pytest.raises(GanlabError, match="not finite"):
        find_classes(embedding_ND, classes=2, at_most=4, seed=0)


def test_more_classes_than_images_are_refused() -> None:
    with pytest.raises(GanlabError, match="5 images are too few for 6 classes"):
        find_classes(torch.randn(5, 3), classes=6, at_most=6, seed=0)
