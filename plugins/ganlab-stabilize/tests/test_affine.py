"""Affine maps against torch's exact moves, and against a loop over pixels."""

from __future__ import annotations

import math

import pytest
import torch
from ganlab_stabilize.augmentation.affine import quarter_turns, resample, scalings, translations
from torch import Tensor


def images(count: int, height: int = 6, width: int = 6) -> Tensor:
    return torch.rand(count, 2, height, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def warped(images_NCHW: Tensor, matrices_N33: Tensor) -> Tensor:
    return resample(images_NCHW, matrices_N33, mode="bilinear", outside="reflection")


def reflected(place: float, size: int) -> float:
    """A place in pixels, from -0.5 to size - 0.5, mirrored at the edges until it is inside."""
    while not -0.5 <= place <= size - 0.5:
        place = -1 - place if place < -0.5 else 2 * size - 1 - place
    return min(max(place, 0), size - 1)


def sampled(image_HW: Tensor, x: float, y: float) -> float:
    height, width = image_HW.shape
    x, y = reflected(x, width), reflected(y, height)
    left, top = min(int(x), width - 2), min(int(y), height - 2)
    across, down = x - left, y - top
    upper = (1 - across) * image_HW[top, left] + across * image_HW[top, left + 1]
    lower = (1 - across) * image_HW[top + 1, left] + across * image_HW[top + 1, left + 1]
    return float((1 - down) * upper + down * lower)


def test_quarter_turns_are_counter_clockwise() -> None:
    before_NCHW = images(4)
    after_NCHW = warped(before_NCHW, quarter_turns(torch.arange(4, dtype=torch.float64)))
    expected = [torch.rot90(image, turns, (1, 2)) for turns, image in enumerate(before_NCHW)]
    torch.testing.assert_close(after_NCHW, torch.stack(expected))


def test_a_factor_of_minus_one_mirrors() -> None:
    before_NCHW = images(2)
    factors_N2 = torch.tensor([[-1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    torch.testing.assert_close(
        warped(before_NCHW, scalings(factors_N2)), torch.stack([before_NCHW[0].flip(2), before_NCHW[1].flip(1)])
    )


def test_translations_are_in_pixels_to_the_right_and_down() -> None:
    before_NCHW = images(1, height=4, width=8)
    shift_N2 = torch.tensor([[2.0, 1.0]], dtype=torch.float64)
    after_NCHW = warped(before_NCHW, translations(shift_N2))
    torch.testing.assert_close(after_NCHW[..., 1:, 2:], before_NCHW[..., :-1, :-2])
    torch.testing.assert_close(after_NCHW[..., 1:, :2], before_NCHW[..., :-1, :2].flip(3))  # mirrored at the edge
    without = resample(before_NCHW, translations(shift_N2), mode="nearest", outside="zeros")
    assert torch.equal(without[..., 1:, 2:], before_NCHW[..., :-1, :-2])
    assert not without[..., :2].any()


@pytest.mark.parametrize(("height", "width"), [(6, 6), (4, 7)])
def test_any_product_is_what_a_loop_over_pixels_samples(height: int, width: int) -> None:
    before_NCHW = images(1, height=height, width=width)
    shift_N2, factor_N2 = (torch.tensor([pair], dtype=torch.float64) for pair in ([1.3, -0.6], [0.7, 1.6]))
    after_NCHW = warped(before_NCHW, translations(shift_N2) @ scalings(factor_N2))
    for y in range(height):
        for x in range(width):
            # Undone in turn: first the scaling, which came last, about the middle; then the shift.
            from_x = (x - (width - 1) / 2) / 0.7 - 1.3 + (width - 1) / 2
            from_y = (y - (height - 1) / 2) / 1.6 + 0.6 + (height - 1) / 2
            expected = [sampled(channel_HW, from_x, from_y) for channel_HW in before_NCHW[0]]
            assert all(math.isclose(*pair, abs_tol=1e-9) for pair in zip(after_NCHW[0, :, y, x], expected, strict=True))
