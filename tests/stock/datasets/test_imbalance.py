"""Imbalanced draws: sizes, seeds, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced


def labelled(*counts: int) -> ImageData:
    """Shuffled images that are all different: pixels hold the index."""
    labels_N = torch.tensor([label for label, count in enumerate(counts) for _ in range(count)])
    labels_N = labels_N[torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(0))]
    index_N = torch.arange(len(labels_N))
    images_NCHW = torch.stack([index_N // 256, index_N % 256], dim=1).to(torch.uint8).reshape(-1, 1, 2, 1)
    names = tuple("abcdefghij"[: len(counts)])
    return ImageData(name="made-up", images_NCHW=images_NCHW, labels_N=labels_N, class_names=names)


def counts_of(data: ImageData) -> tuple[int, ...]:
    assert data.class_counts is not None
    return data.class_counts


def test_a_ratio_gives_geometric_sizes_whatever_class_gets_which() -> None:
    drawn = draw_imbalanced(labelled(81, 81, 81, 81, 81), Imbalance(ratio=81))
    assert sorted(counts_of(drawn)) == [1, 3, 9, 27, 81]


def test_an_exponent_gives_a_power_law_by_rank() -> None:
    drawn = draw_imbalanced(labelled(60, 60, 60), Imbalance(exponent=1.0, seed=3))
    assert sorted(counts_of(drawn), reverse=True) == [60, 30, 20]


@pytest.mark.parametrize("seed", range(8))
def test_the_largest_size_is_as_large_as_every_class_allows(seed: int) -> None:
    available = (50, 20, 90, 33)
    sizes = counts_of(draw_imbalanced(labelled(*available), Imbalance(ratio=4.0, seed=seed)))
    assert all(size <= present for size, present in zip(sizes, available, strict=True))
    largest = max(sizes) + 1
    shares = [4.0 ** (-rank / 3) for rank in range(4)]
    rank_of = {label: rank for rank, label in enumerate(sorted(range(4), key=lambda label: -sizes[label]))}
    assert any(largest * shares[rank_of[label]] > available[label] for label in range(4))


def test_the_seed_decides_which_class_gets_which_size() -> None:
    assert len({counts_of(draw_imbalanced(labelled(40, 40, 40), Imbalance(ratio=5, seed=s))) for s in range(10)}) > 3


def test_counts_are_taken_in_label_order_and_may_leave_a_class_out() -> None:
    drawn = draw_imbalanced(labelled(10, 10, 10), Imbalance(counts=(3, 0, 7)))
    assert counts_of(drawn) == (3, 0, 7)
    assert drawn.class_proportions == (0.3, 0.0, 0.7)


def test_no_image_is_taken_twice_and_their_order_and_labels_stay() -> None:
    data = labelled(200, 200, 200)
    drawn = draw_imbalanced(data, Imbalance(ratio=5.0))
    assert data.labels_N is not None
    assert drawn.labels_N is not None
    index_M = drawn.images_NCHW.reshape(-1, 2).long() @ torch.tensor([256, 1])
    assert (index_M.diff() > 0).all()
    assert torch.equal(data.labels_N[index_M], drawn.labels_N)


def test_the_same_seed_draws_the_same_images_and_another_seed_others() -> None:
    data = labelled(100, 100)
    first, again, other = (draw_imbalanced(data, Imbalance(counts=(50, 20), seed=seed)) for seed in (1, 1, 2))
    assert first.content_hash == again.content_hash != other.content_hash


def test_the_global_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    draw_imbalanced(labelled(20, 20), Imbalance(ratio=2.0))
    assert torch.equal(before, torch.get_rng_state())


def test_full_is_the_first_collection_even_after_two_draws() -> None:
    data = labelled(20, 20)
    once = draw_imbalanced(data, Imbalance(counts=(10, 10)))
    assert draw_imbalanced(once, Imbalance(counts=(5, 2))).full is data
    assert once.full is data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one of ratio, exponent, counts, file.*none"),
        ({"ratio": 2.0, "exponent": 1.0}, "given: ratio and exponent"),
        ({"counts": (1,), "file": "x.csv", "row": 1}, "given: counts and file"),
        ({"ratio": 2.0, "row": 1}, "file and row together"),
        ({"file": "x.csv"}, "file and row together"),
        ({"ratio": 0.5}, "1 or more, not 0.5"),
        ({"ratio": math.nan}, "1 or more, not nan"),
        ({"exponent": -1.0}, "0 .balanced. or more, not -1.0"),
        ({"counts": (3, -1)}, r"not \[3, -1\]"),
        ({"counts": (0, 0)}, r"not all 0, not \[0, 0\]"),
        ({"counts": ()}, r"not all 0, not \[\]"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        Imbalance(**arguments)


def test_a_recipes_mapping_becomes_an_imbalance_and_its_errors_are_collected() -> None:
    adapter = TypeAdapter(Imbalance)
    assert adapter.validate_python({"ratio": 5, "seed": 2}) == Imbalance(ratio=5.0, seed=2)
    with pytest.raises(ValidationError, match="exactly one of ratio"):
        adapter.validate_python({"seed": 1})
    with pytest.raises(ValidationError, match="ration"):
        adapter.validate_python({"ration": 5})


@pytest.mark.parametrize(
    ("imbalance", "message"),
    [
        (Imbalance(counts=(5, 11)), "11 images of class 'b', and made-up has 10"),
        (Imbalance(counts=(5, 5, 5)), "counts has 3 counts, and there are 2 classes"),
        (Imbalance(ratio=100.0), "ratio: 100.0 leaves class '[ab]' no image where the largest class has 10"),
        (Imbalance(exponent=9.0), "exponent: 9.0 leaves class '[ab]' no image"),
        (Imbalance(exponent=1e9), "leaves class '[ab]' no image"),
    ],
)
def test_a_draw_that_the_data_do_not_allow_names_the_class_and_the_numbers(imbalance: Imbalance, message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        draw_imbalanced(labelled(10, 10), imbalance)


def test_images_without_labels_cannot_be_made_imbalanced() -> None:
    with pytest.raises(GanlabError, match="needs labels, and bare has none"):
        draw_imbalanced(ImageData(name="bare", images_NCHW=torch.zeros(4, 1, 8, 8)), Imbalance(ratio=2.0))
