"""Batches are a pure function of seed and number, and pass over the data epoch by epoch."""

from __future__ import annotations

import pytest
import torch

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.training.batches import Batches

CPU = torch.device("cpu")


def collection(count: int) -> ImageData:
    """Image i is the grey value i."""
    return ImageData("ramp", torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).contiguous())


def test_an_epoch_shows_each_image_at_most_once() -> None:
    batches = Batches(collection(50), batch_size=8, seed=0, device=CPU)
    epoch = torch.cat([batches.indices(number) for number in range(6)])
    assert len(epoch.unique()) == 48


def test_epochs_are_shuffled_anew() -> None:
    batches = Batches(collection(16), batch_size=16, seed=0, device=CPU)
    assert not torch.equal(batches.indices(0), batches.indices(1))


def test_a_batch_does_not_depend_on_what_was_asked_before() -> None:
    straight, jumping = (Batches(collection(50), batch_size=8, seed=3, device=CPU) for _ in range(2))
    for number in range(13):
        straight.indices(number)
    assert torch.equal(straight.indices(13), jumping.indices(13))


def test_seeds_differ() -> None:
    one, other = (Batches(collection(50), batch_size=8, seed=seed, device=CPU) for seed in (0, 1))
    assert not torch.equal(one.indices(0), other.indices(0))


def test_images_are_floats_from_minus_one_to_one() -> None:
    data = ImageData("extremes", torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1))
    batches = Batches(data, batch_size=2, seed=0, device=CPU)
    images_NCHW = batches.at(batches.indices(0))
    assert images_NCHW.dtype == torch.float32
    assert sorted(images_NCHW.flatten().tolist()) == [-1.0, 1.0]


def test_fewer_images_than_a_batch_are_refused_with_the_number_that_fits() -> None:
    with pytest.raises(GanlabError, match=r"batch_size: 64 is more than the 50 images of dataset 'ramp'.*50 or less"):
        Batches(collection(50), batch_size=64, seed=0, device=CPU)
