"""Random views: identity, determinism, independence of images, geometry, range, dtypes, colours."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor
from torchvision.transforms.v2 import functional as tv

from ganlab_elastic.views.blur import blur
from ganlab_elastic.views.colour import brighten, contrast, luminance, saturate, turn_hue
from ganlab_elastic.views.views import MILD_VIEWS, Views
from ganlab_elastic.views.warp import sampling_matrices, smooth_displacement, warp

STILL: dict[str, Any] = {"rotate": 0.0, "zoom": (1.0, 1.0)}
EVERYTHING = Views(
    rotate=20.0, zoom=(0.8, 1.2), shift=0.1, shear=10.0, distort=1.0, flip=True, crop=0.8, grey=0.5, jitter=0.4,
    stretch=1.3, hue=0.1, blur=1.0,
)  # fmt: skip


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(*shape: int) -> Tensor:
    return torch.rand(shape, generator=seeded(9)) * 2 - 1


def ramp(height: int, width: int) -> Tensor:
    """An image that is a plane in x and y, which bilinear sampling reproduces exactly."""
    y_HW, x_HW = torch.meshgrid(torch.linspace(-0.6, 0.6, height), torch.linspace(-0.3, 0.3, width), indexing="ij")
    return (y_HW + x_HW)[None, None]


def still_parameters(count: int = 1, **changes: Tensor) -> dict[str, Tensor]:
    return {
        "degrees_N": torch.zeros(count),
        "zoom_N": torch.ones(count),
        "shear_N": torch.zeros(count),
        "mirror_N": torch.ones(count),
        "centre_N2": torch.zeros(count, 2),
    } | changes


@pytest.mark.parametrize("channels", [1, 3])
def test_with_everything_off_the_view_is_the_batch_and_nothing_is_drawn(channels: int) -> None:
    generator = seeded()
    before = generator.get_state()
    batch = images(4, channels, 8, 8)
    assert torch.equal(Views(**STILL)(batch, generator=generator), batch)
    assert torch.equal(before, generator.get_state())


def test_equal_generators_give_equal_views_and_others_do_not() -> None:
    batch = images(3, 3, 9, 9)
    first, again, other = (EVERYTHING(batch, generator=seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_global_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    EVERYTHING(images(3, 3, 8, 8), generator=seeded())
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    "change",
    [
        {"rotate": 20.0}, {"zoom": (0.8, 1.2)}, {"shift": 0.2}, {"shear": 20.0}, {"distort": 2.0}, {"crop": 0.5},
        {"jitter": 0.5}, {"stretch": 2.0}, {"hue": 0.3}, {"blur": 1.5},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_each_image_draws_parameters_of_its_own(change: dict[str, Any]) -> None:
    same = images(1, 3, 12, 12).expand(6, -1, -1, -1)
    viewed = Views(**(STILL | change))(same, generator=seeded())
    assert len({tuple(view.flatten().tolist()) for view in viewed}) == 6


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_shape_dtype_and_range_are_kept(channels: int, dtype: torch.dtype) -> None:
    batch = images(8, channels, 10, 12).to(dtype)
    viewed = EVERYTHING(batch, generator=seeded())
    assert (viewed.shape, viewed.dtype) == (batch.shape, dtype)
    assert viewed.abs().max() <= 1.0


def test_autocast_changes_nothing() -> None:
    batch = images(4, 1, 12, 12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = MILD_VIEWS(batch, generator=seeded())
    assert torch.equal(under_autocast, MILD_VIEWS(batch, generator=seeded()))


def test_equal_views_are_one_key() -> None:
    assert {Views(): 1, Views(rotate=20.0): 2} == {MILD_VIEWS: 2}


def test_a_rotation_is_torchvision_s_counter_clockwise_one() -> None:
    batch = tv.gaussian_blur(images(1, 1, 21, 21), [5, 5])
    matrices = sampling_matrices(**still_parameters(degrees_N=torch.tensor([25.0])), size=(21, 21))
    expected = tv.rotate(batch, 25.0, interpolation=tv.InterpolationMode.BILINEAR)
    middle = slice(5, 16)
    torch.testing.assert_close(
        warp(batch, matrices)[..., middle, middle], expected[..., middle, middle], atol=1e-4, rtol=0.0
    )


def test_a_quarter_turn_of_a_wide_image_is_one_in_pixels() -> None:
    square = images(1, 1, 8, 8)
    wide = torch.nn.functional.pad(square, (4, 4, 0, 0))
    matrices = sampling_matrices(**still_parameters(degrees_N=torch.tensor([90.0])), size=(8, 16))
    torch.testing.assert_close(warp(wide, matrices)[..., 4:12], square.rot90(dims=(2, 3)), atol=1e-5, rtol=1e-5)


def test_zoom_shows_the_middle_enlarged_and_a_mirror_swaps_left_and_right() -> None:
    plane = ramp(16, 16)
    zoomed = warp(plane, sampling_matrices(**still_parameters(zoom_N=torch.tensor([2.0])), size=(16, 16)))
    torch.testing.assert_close(zoomed, plane / 2, atol=1e-5, rtol=0.0)
    mirrored = warp(plane, sampling_matrices(**still_parameters(mirror_N=-torch.ones(1)), size=(16, 16)))
    torch.testing.assert_close(mirrored, plane.flip(3), atol=1e-5, rtol=0.0)


def test_the_centre_moves_the_window_and_shear_leans_it() -> None:
    batch = images(1, 1, 8, 8)
    shifted = sampling_matrices(**still_parameters(centre_N2=torch.tensor([[0.5, 0.0]])), size=(8, 8))
    torch.testing.assert_close(warp(batch, shifted)[..., :6], batch[..., 2:])
    leaned = warp(batch, sampling_matrices(**still_parameters(shear_N=torch.ones(1)), size=(8, 8)))
    for row in range(8):
        offset = row - 3.5
        expected = [interpolate(batch[0, 0, row], column + offset) for column in range(8)]
        torch.testing.assert_close(leaned[0, 0, row], torch.stack(expected), atol=1e-5, rtol=1e-5)


def interpolate(line_W: Tensor, place: float) -> Tensor:
    """Linear interpolation at a place in pixels, the edge pixels repeated."""
    place = min(max(place, 0.0), len(line_W) - 1.0)
    left = min(math.floor(place), len(line_W) - 2)
    return line_W[left] * (left + 1 - place) + line_W[left + 1] * (place - left)


def test_a_crop_shows_only_what_lies_inside_the_image() -> None:
    viewed = Views(**(STILL | {"crop": 0.5}))(ramp(16, 16).expand(64, -1, -1, -1), generator=seeded())
    widths_N = viewed[:, 0, 0, -1] - viewed[:, 0, 0, 0]
    whole = float(ramp(16, 16)[0, 0, 0, -1] - ramp(16, 16)[0, 0, 0, 0])
    assert widths_N.min() >= 0.5 * whole - 0.03
    assert widths_N.max() <= whole + 1e-5
    assert widths_N.std() > 0.05 * whole


def test_a_stretched_window_has_sides_of_other_ratios_within_the_bound_and_shows_nothing_outside() -> None:
    settings = STILL | {"crop": 0.5, "stretch": 2.0}
    across = Views(**settings)(ramp(16, 16).expand(64, -1, -1, -1), generator=seeded())
    width_N = (across[:, 0, 8, -1] - across[:, 0, 8, 0]) / float(ramp(16, 16)[0, 0, 0, -1] - ramp(16, 16)[0, 0, 0, 0])
    height_N = (across[:, 0, -1, 8] - across[:, 0, 0, 8]) / float(ramp(16, 16)[0, 0, -1, 0] - ramp(16, 16)[0, 0, 0, 0])
    ratio_N = width_N / height_N
    assert 0.45 < ratio_N.min() < 0.7
    assert 1.4 < ratio_N.max() < 2.2
    assert torch.maximum(width_N, height_N).max() <= 1.0 + 1e-4


def test_a_turn_of_hues_keeps_luminance_and_a_whole_one_is_none() -> None:
    muted = images(3, 3, 5, 5) * 0.3
    turned = turn_hue(muted, torch.tensor([0.1, 0.5, 1.0]))
    torch.testing.assert_close(luminance(turned), luminance(muted), atol=2e-3, rtol=0.0)
    assert (turned[:2] - muted[:2]).abs().amax(dim=(1, 2, 3)).min() > 0.1
    torch.testing.assert_close(turned[2], muted[2], atol=1e-5, rtol=0.0)


def test_a_hue_is_turned_the_way_round_and_back() -> None:
    muted = images(2, 3, 4, 4) * 0.3
    there_N = torch.tensor([0.2, -0.3])
    torch.testing.assert_close(turn_hue(turn_hue(muted, there_N), -there_N), muted, atol=1e-5, rtol=0.0)


def test_a_blur_is_torchvision_s_of_each_image_s_own_strength() -> None:
    batch = images(3, 3, 12, 12)
    blurred = blur(batch, torch.tensor([0.0, 0.7, 1.4]), largest=1.5)
    torch.testing.assert_close(blurred[0], batch[0])
    for one, image, sigma in zip(blurred[1:], batch[1:], (0.7, 1.4), strict=True):
        expected = tv.gaussian_blur(image[None], [7, 7], [sigma, sigma])[0]
        torch.testing.assert_close(one[:, 3:-3, 3:-3], expected[:, 3:-3, 3:-3], atol=1e-5, rtol=0.0)


def test_a_flip_mirrors_some_images_and_leaves_the_others() -> None:
    batch = images(1, 1, 6, 6).expand(40, -1, -1, -1)
    viewed = Views(**(STILL | {"flip": True}))(batch, generator=seeded())
    mirrored = [torch.allclose(view, batch[0].flip(2), atol=1e-5) for view in viewed]
    kept = [torch.allclose(view, batch[0], atol=1e-5) for view in viewed]
    assert all(one != other for one, other in zip(mirrored, kept, strict=True))
    assert 8 < sum(mirrored) < 32


def test_the_distortion_is_smooth_and_within_its_pixels() -> None:
    field_NHW2 = smooth_displacement(images(5, 1, 16, 24), pixels=1.5, generator=seeded())
    pixels_NHW2 = field_NHW2 * torch.tensor([12.0, 8.0])
    assert field_NHW2.shape == (5, 16, 24, 2)
    assert 1.0 < pixels_NHW2.abs().max() <= 1.5
    assert pixels_NHW2.diff(dim=2).abs().max() < 0.5


def test_colours_follow_torchvision() -> None:
    batch = images(2, 3, 5, 5)
    unit = (batch + 1) / 2
    factor_N = torch.tensor([0.6, 1.3])
    for change, reference in (
        (brighten, tv.adjust_brightness), (contrast, tv.adjust_contrast), (saturate, tv.adjust_saturation)
    ):  # fmt: skip
        expected = [reference(one, float(factor)) * 2 - 1 for one, factor in zip(unit, factor_N, strict=True)]
        torch.testing.assert_close(change(batch, factor_N), torch.stack(expected), atol=2e-4, rtol=0.0)


def test_grey_takes_the_colour_of_about_as_many_images_as_asked_for_and_leaves_the_rest() -> None:
    batch = images(200, 3, 2, 2)
    viewed = Views(**(STILL | {"grey": 0.3}))(batch, generator=seeded())
    is_grey = [torch.allclose(view, grey.expand(3, 2, 2)) for view, grey in zip(viewed, luminance(batch), strict=True)]
    is_same = [torch.equal(view, one) for view, one in zip(viewed, batch, strict=True)]
    assert all(one != other for one, other in zip(is_grey, is_same, strict=True))
    assert 40 <= sum(is_grey) <= 80


def test_grey_does_nothing_to_one_channel() -> None:
    batch = images(4, 1, 6, 6)
    assert torch.equal(Views(**(STILL | {"grey": 1.0}))(batch, generator=seeded()), batch)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"zoom": [1.2, 0.9]}, "lower bound 1.2 is above the upper bound 0.9; swap them"),
        ({"rotat": 3}, "rotat"),
        ({"crop": 0}, "greater than 0"),
        ({"distort": float("nan")}, "finite"),
        ({"flip": "yes"}, "valid boolean"),
        ({"rotate": -1}, "greater than or equal to 0"),
    ],
)
def test_bad_settings_are_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(Views).validate_json(json.dumps(settings))
