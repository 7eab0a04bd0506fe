"""`check_dataset` tells what is wrong with a data set that breaks one promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from ganlab_core import Component, GanlabError, ImageData
from ganlab_core.testing import check_dataset

BLACK = torch.zeros(6, 1, 8, 8, dtype=torch.uint8)
SOUND = ImageData("blobs", BLACK, torch.tensor([0, 1, 0, 1, 0, 1]), ("dark", "light"))
UNLABELLED = ImageData("blobs", BLACK)


def test_a_sound_data_set_passes() -> None:
    def blobs(*, seed: int = 0) -> ImageData:
        random = torch.Generator().manual_seed(seed % 100)
        return replace(SOUND, images_NCHW=torch.randint(0, 256, (6, 3, 8, 8), generator=random).to(torch.uint8))

    for factory in (blobs, lambda: SOUND, lambda: UNLABELLED, lambda: replace(SOUND, full=SOUND)):
        assert check_dataset(Component(name="fake", factory=factory)) is None  # type: ignore[func-returns-value]


def numpy_noise() -> ImageData:
    return replace(SOUND, images_NCHW=torch.from_numpy(np.random.randint(0, 256, (6, 1, 8, 8)).astype(np.uint8)))


def torch_noise() -> ImageData:
    return replace(SOUND, images_NCHW=torch.randint(0, 256, (6, 1, 8, 8)).to(torch.uint8))


def shuffled() -> ImageData:
    noise_NCHW = np.random.default_rng().integers(0, 256, (6, 1, 8, 8), np.uint8)
    return replace(SOUND, images_NCHW=torch.from_numpy(noise_NCHW))


def crashes(*, size: int = 8) -> ImageData:
    return replace(SOUND, images_NCHW=BLACK[:, :, :: 8 // size])


def no_folder(*, root: str = ".") -> ImageData:
    if root != ".":
        raise FileNotFoundError(root)
    return SOUND


def missing() -> ImageData:
    raise GanlabError("root 'photos' is no folder; give one")


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (lambda: BLACK, "gives a Tensor, not an ImageData"),
        (lambda: replace(SOUND, name=""), "its ImageData has no name"),
        (lambda: replace(SOUND, images_NCHW=BLACK.float()), r"images are torch\.float32, not torch\.uint8"),
        (lambda: replace(SOUND, images_NCHW=BLACK[:, 0]), r"images are of shape \(6, 8, 8\), not \(N, C, H, W\)"),
        (lambda: replace(SOUND, images_NCHW=BLACK.expand(6, 2, 8, 8)), r"images are of shape \(6, 2, 8, 8\)"),
        (lambda: replace(UNLABELLED, images_NCHW=BLACK[:0]), r"images are of shape \(0, 1, 8, 8\)"),
        (lambda: replace(SOUND, labels_N=torch.zeros(6)), r"labels are torch\.float32, not torch\.int64"),
        (lambda: replace(SOUND, labels_N=torch.zeros(5).long()), r"labels are of shape \(5,\), and .* \(6,\)"),
        (lambda: replace(SOUND, labels_N=torch.arange(6) - 1), "a label is -1; images without a class"),
        (lambda: replace(SOUND, labels_N=torch.arange(6)), "a label is 5, and there are 2 class names, from 0"),
        (lambda: replace(SOUND, class_names=("dark", "dark")), r"two classes have one name in \['dark', 'dark'\]"),
        (lambda: replace(SOUND, full=replace(SOUND, labels_N=torch.arange(6))), "`full`: a label is 5"),
        (
            lambda: replace(SOUND, full=replace(SOUND, images_NCHW=BLACK[..., :4])),
            r"`full` has images of \(1, 8, 4\), and the collection drawn from it of \(1, 8, 8\)",
        ),
        (numpy_noise, "its construction draws from NumPy's global random state"),
        (torch_noise, "its construction draws from torch's global random state"),
        (shuffled, "two builds hold other images, or the same in another order"),
        (crashes, "bad argument size=0 .* raised ZeroDivisionError"),
        (no_folder, "bad argument root='nonsense' .* raised FileNotFoundError: nonsense"),
        (missing, "its construction raised GanlabError: root 'photos' is no folder"),
    ],
)
def test_a_data_set_that_breaks_a_promise_is_told(factory: Callable[..., Any], sentence: str) -> None:
    with pytest.raises(AssertionError, match=f"^dataset fake: .*{sentence}"):
        check_dataset(Component(name="fake", factory=factory))


def test_an_argument_that_the_test_gives_wrongly_is_told() -> None:
    with pytest.raises(AssertionError, match=r"dataset fake: its construction raised GanlabError: .*size"):
        check_dataset(Component(name="fake", factory=crashes), size="big")
