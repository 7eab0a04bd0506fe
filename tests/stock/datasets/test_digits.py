"""scikit-learn's digits: values, sizes and labels."""

from __future__ import annotations

import pytest
import torch
from sklearn.datasets import load_digits

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData, resized, to_uint8, to_unit_range
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.stock.datasets.imbalance import Imbalance


def test_digits_at_their_own_size_are_scikit_learns_scaled_to_bytes() -> None:
    data = digits(size=8)
    reference = load_digits()
    assert data.images_NCHW.dtype == torch.uint8
    assert data.images_NCHW[:, 0].tolist() == (reference.images * 255 / 16).round().tolist()
    assert data.labels_N is not None
    assert data.labels_N.tolist() == reference.target.tolist()
    assert data.class_names == tuple("0123456789")


def test_digits_are_enlarged_between_their_neighbours() -> None:
    small, large = digits(size=8).images_NCHW.double(), digits().images_NCHW.double()
    assert large.shape == (1797, 1, 16, 16)
    # At twice the size, the pixel (1, 1) lies a quarter of the way from source pixel (0, 0) to (1, 1).
    a, b, c, d = small[:, 0, 0, 0], small[:, 0, 0, 1], small[:, 0, 1, 0], small[:, 0, 1, 1]
    expected = (9 * a + 3 * b + 3 * c + d) / 16
    assert (large[:, 0, 1, 1] - expected).abs().max() <= 0.5


def test_digits_can_be_made_imbalanced() -> None:
    data = digits(size=8, imbalance=Imbalance(ratio=5.0))
    assert data.full is not None
    assert len(data.full) == 1797
    assert data.class_counts is not None
    assert max(data.class_counts) / min(data.class_counts) == pytest.approx(5, rel=0.02)


def test_a_collection_knows_its_counts_proportions_and_hash() -> None:
    images_NCHW = torch.zeros(4, 1, 2, 2, dtype=torch.uint8)
    data = ImageData(
        name="x", images_NCHW=images_NCHW, labels_N=torch.tensor([0, 2, 2, 0]), class_names=("a", "b", "c")
    )
    assert data.class_counts == (2, 0, 2)
    assert data.class_proportions == (0.5, 0.0, 0.5)
    other = ImageData(name="x", images_NCHW=images_NCHW, labels_N=torch.tensor([0, 2, 2, 1]))
    assert data.content_hash != other.content_hash


def test_shrinking_averages_rather_than_picks_pixels() -> None:
    stripes_NCHW = torch.tensor([0, 255], dtype=torch.uint8).repeat(8).expand(2, 1, 16, 16).contiguous()
    shrunk_NCHW = resized(stripes_NCHW, 4)
    assert shrunk_NCHW.shape == (2, 1, 4, 4)
    assert ((shrunk_NCHW.float() - 127.5).abs() < 40).all()


def test_digits_without_the_asked_images_say_which_class() -> None:
    with pytest.raises(GanlabError, match="200 images of class '0', and digits has 178"):
        digits(size=8, imbalance=Imbalance(counts=(200,) + (1,) * 9))


def test_every_byte_survives_the_way_to_floats_and_back_and_excess_is_clipped() -> None:
    bytes_NCHW = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(to_uint8(to_unit_range(bytes_NCHW)), bytes_NCHW)
    assert to_uint8(torch.tensor([-3.0, -1.0, 1.0, 3.0])).tolist() == [0, 0, 255, 255]
