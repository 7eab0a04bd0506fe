"""ADA's operations: how often, what each does, their order, and colours against formulas for one pixel."""

from __future__ import annotations

import colorsys
import math

import pytest
import torch
from ganlab_stabilize.augmentation.colour_matrices import (
    apply_colours,
    brightnesses,
    contrasts,
    hues,
    luma_flips,
    saturations,
)
from ganlab_stabilize.augmentation.pipeline import ALL_OPERATIONS, Operations, Pipeline
from torch import Tensor


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int = 200, channels: int = 3, side: int = 8) -> Tensor:
    return torch.rand(count, channels, side, side, generator=random(9), dtype=torch.float64) * 2 - 1


def augmented(images_NCHW: Tensor, p: float, *operations: str) -> Tensor:
    chosen: Operations = operations or ALL_OPERATIONS  # type: ignore[assignment]
    return Pipeline(torch.tensor(p), chosen)(images_NCHW, generator=random())


def share(matches: list[bool]) -> float:
    return sum(matches) / len(matches)


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-6)


def test_nothing_happens_at_probability_zero() -> None:
    assert torch.equal(augmented(images(), 0.0), images())
    assert torch.equal(augmented(images(channels=1).float(), 0.0), images(channels=1).float())


@pytest.mark.parametrize("operation", ["scale", "colour"])
def test_an_operation_happens_to_an_image_with_probability_p(operation: str) -> None:
    before_NCHW = images(2000, channels=1, side=4)
    after_NCHW = augmented(before_NCHW, 0.3, operation)
    untouched = [torch.equal(*pair) for pair in zip(before_NCHW, after_NCHW, strict=True)]
    # Three changes of grey colours: brightness, contrast, and an exchange of light and dark half of the time.
    expected = 0.7 if operation == "scale" else 0.7 * 0.7 * 0.85
    assert share(untouched) == pytest.approx(expected, abs=0.04)


def test_half_of_the_chosen_images_are_mirrored() -> None:
    pairs = list(zip(images(), augmented(images(), 0.8, "flip"), strict=True))
    mirrored = [close(before.flip(2), after) for before, after in pairs]
    assert all(one or torch.equal(before, after) for one, (before, after) in zip(mirrored, pairs, strict=True))
    assert share(mirrored) == pytest.approx(0.4, abs=0.1)


def test_chosen_images_are_turned_by_any_number_of_quarters() -> None:
    for turns in range(4):
        pairs = zip(images(), augmented(images(), 1.0, "turn"), strict=True)
        alike = [close(torch.rot90(before, turns, (1, 2)), after) for before, after in pairs]
        assert share(alike) == pytest.approx(0.25, abs=0.1)


def test_translations_are_by_whole_pixels_up_to_an_eighth() -> None:
    before_NCHW = images(600, side=16)
    seen = set()
    for before_CHW, after_CHW in zip(before_NCHW, augmented(before_NCHW, 1.0, "translation"), strict=True):
        inner_CHW = before_CHW[:, 2:-2, 2:-2]
        found = [
            (right, down)
            for right in range(-2, 3)
            for down in range(-2, 3)
            if close(after_CHW[:, 2 + down : 14 + down, 2 + right : 14 + right], inner_CHW)
        ]
        assert len(found) == 1
        seen.update(found)
    assert len(seen) == 25


def test_scales_are_log_normal_about_the_middle() -> None:
    ramp_NCHW = torch.linspace(-1, 1, 16, dtype=torch.float64).expand(2000, 1, 16, 16).clone()
    steps_N = augmented(ramp_NCHW, 1.0, "scale").diff(dim=3)[:, 0, 8, 7] / (2 / 15)
    logs_N = steps_N.log2().neg()
    assert logs_N.mean().item() == pytest.approx(0.0, abs=0.02)
    assert logs_N.std().item() == pytest.approx(0.2, abs=0.02)


def test_the_order_is_mirror_turn_translation() -> None:
    before_NCHW, generator = images(side=16), random()
    drawn = torch.rand(7, 200, generator=generator, dtype=torch.float64)
    after_NCHW = Pipeline(torch.tensor(0.7), ("translation", "flip", "turn"))(before_NCHW, generator=random())
    for n, (flip, flips, turn, turns, moves, across, down) in enumerate(drawn.T.tolist()):
        image_CHW = before_NCHW[n].flip(2) if flip >= 0.5 and flips < 0.7 else before_NCHW[n]
        image_CHW = torch.rot90(image_CHW, int(turn * 4) if turns < 0.7 else 0, (1, 2))
        right, below = (round((one * 0.25 - 0.125) * 16) if moves < 0.7 else 0 for one in (across, down))
        moved_CHW = image_CHW.roll((below, right), (1, 2))[:, 2:-2, 2:-2]
        torch.testing.assert_close(after_NCHW[n, :, 2:-2, 2:-2], moved_CHW, rtol=0, atol=1e-6)


def of_pixel(matrices_N44: Tensor, pixel: list[float]) -> list[float]:
    pixel_NCHW = torch.tensor(pixel, dtype=torch.float64).view(1, -1, 1, 1)
    return apply_colours(pixel_NCHW, matrices_N44).flatten().tolist()


def one(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def test_colour_changes_of_a_pixel_are_what_their_names_say() -> None:
    pixel = [0.5, -0.2, 0.1]
    mean = sum(pixel) / 3
    assert of_pixel(brightnesses(one(0.3)), pixel) == pytest.approx([value + 0.3 for value in pixel])
    assert of_pixel(contrasts(one(1.4)), pixel) == pytest.approx([value * 1.4 for value in pixel])
    assert of_pixel(saturations(one(2.0)), pixel) == pytest.approx([mean + 2 * (value - mean) for value in pixel])
    assert of_pixel(luma_flips(one(1.0)), pixel) == pytest.approx([value - 2 * mean for value in pixel])
    assert of_pixel(luma_flips(one(0.0)), pixel) == pytest.approx(pixel)
    assert of_pixel(contrasts(one(1.4)) @ brightnesses(one(0.3)), [0.2]) == pytest.approx([0.7])
    assert of_pixel(luma_flips(one(1.0)), [0.2]) == pytest.approx([-0.2])


def test_a_third_of_a_turn_of_hue_takes_red_to_green() -> None:
    third = hues(one(2 * math.pi / 3))
    assert of_pixel(third, [0.9, -0.1, 0.2]) == pytest.approx([0.2, 0.9, -0.1])
    before, after = ([(value + 1) / 2 for value in rgb] for rgb in ([0.9, -0.1, -0.1], [-0.1, 0.9, -0.1]))
    turned = [(value + 1) / 2 for value in of_pixel(third, [0.9, -0.1, -0.1])]
    assert turned == pytest.approx(after)
    assert colorsys.rgb_to_hsv(*turned)[0] - colorsys.rgb_to_hsv(*before)[0] == pytest.approx(1 / 3)


def test_grey_images_stay_grey_and_colour_ones_change_hue() -> None:
    changed_NCHW = augmented(images(channels=1).expand(-1, 3, -1, -1), 1.0, "colour")
    torch.testing.assert_close(changed_NCHW[:, 0], changed_NCHW[:, 2])
    hue_N = torch.tensor([colorsys.rgb_to_hsv(*rgb)[0] for rgb in augmented(images(), 1.0, "colour")[:, :, 0, 0]])
    assert hue_N.std() > 0.2


def test_gradients_through_the_whole_pipeline_are_finite_differences() -> None:
    before_NCHW = images(2, side=4).requires_grad_()
    view = Pipeline(torch.tensor(1.0))
    assert torch.autograd.gradcheck(lambda batch: view(batch, generator=random()), (before_NCHW,), fast_mode=True)


def test_half_precision_stays_half_and_p_gets_no_gradient() -> None:
    after_NCHW = Pipeline(torch.tensor(0.5))(images().bfloat16(), generator=random())
    assert after_NCHW.dtype == torch.bfloat16
    assert after_NCHW.isfinite().all()
