"""Colours: shares counted pixel by pixel, and when they tell images apart."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab_elastic.clusters.colours import colour_shares, nearness, telling_colours


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def uniforms(count: int = 160) -> Tensor:
    """Images `(N, 3, 12, 12)` of twenty sets of two colours, in specks that lie anywhere."""
    palettes_P2C = torch.rand(20, 2, 3, generator=seeded(5)) * 2 - 1
    bright_NHW = torch.rand(count, 12, 12, generator=seeded(6)) < 0.5
    one_NC, other_NC = palettes_P2C[torch.arange(count) % 20].unbind(dim=1)
    return torch.where(bright_NHW[:, None], one_NC[:, :, None, None], other_NC[:, :, None, None])


def test_shares_are_those_of_a_count_of_pixels() -> None:
    images_NCHW = torch.rand(2, 3, 5, 4, generator=seeded()) * 2 - 1
    for image_CHW, shares_D in zip(images_NCHW, colour_shares(images_NCHW), strict=True):
        counts = [0] * 64
        for y in range(5):
            for x in range(4):
                red, green, blue = (min(3, int((float(value) + 1) / 2 * 4)) for value in image_CHW[:, y, x])
                counts[16 * red + 4 * green + blue] += 1
        assert shares_D.tolist() == torch.tensor(counts).div(20).tolist()


def test_the_brightest_pixels_are_of_the_highest_level() -> None:
    assert colour_shares(torch.ones(1, 3, 2, 2))[0, 63] == 1.0


def test_colours_tell_uniforms_apart_wherever_their_patterns_lie() -> None:
    points_ND = telling_colours(uniforms())
    assert points_ND is not None
    labels_N = torch.arange(160) % 20
    nearest_N = (points_ND @ points_ND.T).fill_diagonal_(-2.0).argmax(dim=1)
    assert torch.equal(labels_N[nearest_N], labels_N)


def test_colours_of_noise_and_of_one_channel_tell_nothing() -> None:
    noise_NCHW = torch.rand(60, 3, 12, 12, generator=seeded()) * 2 - 1
    assert telling_colours(noise_NCHW) is None
    assert telling_colours(uniforms()[:, :1]) is None


def test_nearness_is_nought_where_images_repeat_and_about_one_where_they_are_spread() -> None:
    repeated_ND = torch.eye(4).repeat(10, 1)
    assert nearness(repeated_ND) < 1e-6
    spread_ND = torch.nn.functional.normalize(torch.randn(300, 200, generator=seeded()), dim=1)
    assert 0.7 < nearness(spread_ND) < 1.0
