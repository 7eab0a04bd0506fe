"""`check_features` tells what is wrong with a feature network that breaks one promise."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab_core import Component
from ganlab_core.testing import check_features
from tests.features.brightness import Brightness


def fake(factory: Callable[..., Any]) -> Component:
    return Component(name="fake", factory=factory)


class Small(Brightness):
    """Without arguments, so that no nonsense can be given."""

    def __init__(self) -> None:
        super().__init__(size=8)


def answering(answer: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], Small]:
    """A network whose numbers, and the images that it is given, pass through a function first."""

    class Answering(Small):
        def __call__(self, images_NCHW: Tensor) -> Tensor:
            return answer(super().__call__(images_NCHW), images_NCHW)

    return lambda: Answering()


def saying(**attributes: object) -> Callable[[], Small]:
    def build() -> Small:
        network = Small()
        for name, value in attributes.items():
            setattr(network, name, value)
        return network

    return build


class Lost(Small):
    """Is gone once it is moved."""

    def to(self, device: torch.device) -> Any:
        """Nothing."""


numbers = count()


def test_a_sound_feature_network_passes() -> None:
    check_features(fake(lambda: Small()))


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (saying(size="large"), "its size is 'large', not of type int"),
        (saying(width=None), "its width is None, not of type int"),
        (saying(identity="two\nlines"), r"its identity 'two\\nlines' is not one printable line"),
        (lambda: saying(identity=f"build {next(numbers)}")(), "two builds have two identities"),
        (saying(width=9), r"gives \(3, 4\) for 3 images, not \(3, 9\)"),
        (answering(lambda found_ND, _: found_ND.double()), r"gives torch\.float64, not torch\.float32"),
        (answering(lambda found_ND, _: found_ND.requires_grad_()), "its numbers have a gradient"),
        (answering(lambda found_ND, _: found_ND / 0), "its numbers are not finite"),
        (
            answering(lambda found_ND, _: found_ND - found_ND.mean(dim=0)),
            "an image gets other numbers in a batch of its",
        ),
        (answering(lambda found_ND, _: found_ND + torch.rand(1)), "draws from torch's global random state"),
        (answering(lambda found_ND, images: found_ND + 0 * images.zero_().sum()), "it changes the images"),
        (lambda: Lost(), r"its `to\(device\)` does not return the network"),
    ],
)
def test_a_feature_network_that_breaks_a_promise_is_told(factory: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(AssertionError, match=f"^features fake: .*{sentence}"):
        check_features(fake(factory))


def test_arguments_that_do_harm_are_told() -> None:
    def harmed(*, size: int = 8) -> Brightness:
        return Brightness(size=64 // size)

    with pytest.raises(AssertionError, match=r"features fake: .*bad argument size=0 .* raised ZeroDivisionError"):
        check_features(fake(harmed))
