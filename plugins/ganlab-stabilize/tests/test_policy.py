"""DiffAugment's changes, one image and one pixel at a time."""

from __future__ import annotations

import pytest
import torch
from ganlab_stabilize.augmentation.policy import FULL_POLICY, PolicyView, cut_out, recolour, translate
from ganlab_stabilize.losses.diffaugment import DiffAugment
from small_step import SmallStep
from torch import Tensor

from ganlab_core import Hinge, NonSaturating


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int = 64, channels: int = 3, height: int = 8, width: int = 8) -> Tensor:
    return torch.rand(count, channels, height, width, generator=random(9), dtype=torch.float64) * 2 - 1


def translated(image_CHW: Tensor, right: int, down: int) -> Tensor:
    moved_CHW = torch.zeros_like(image_CHW)
    _, height, width = image_CHW.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved_CHW[:, y, x] = image_CHW[:, y - down, x - right]
    return moved_CHW


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_are_brightness_saturation_and_contrast_of_each_image(channels: int) -> None:
    before_NCHW = images(channels=channels)
    drawn_N3 = torch.rand(64, 3, generator=random(), dtype=torch.float64)
    for before_CHW, after_CHW, drawn in zip(
        before_NCHW, recolour(before_NCHW, generator=random()), drawn_N3.tolist(), strict=True
    ):
        expected_CHW = before_CHW + (drawn[0] - 0.5)
        grey_HW = sum(expected_CHW) / channels
        expected_CHW = torch.stack([grey_HW + (one_HW - grey_HW) * 2 * drawn[1] for one_HW in expected_CHW])
        mean = expected_CHW.sum().item() / expected_CHW.numel()
        torch.testing.assert_close(after_CHW, (expected_CHW - mean) * (drawn[2] + 0.5) + mean)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 24)])
def test_translations_are_by_whole_pixels_up_to_an_eighth_with_zeros_moved_in(height: int, width: int) -> None:
    before_NCHW = images(height=height, width=width)
    after_NCHW = translate(before_NCHW, generator=random())
    found = set()
    for before_CHW, after_CHW in zip(before_NCHW, after_NCHW, strict=True):
        alike = [
            (right, down)
            for right in range(-width // 8, width // 8 + 1)
            for down in range(-height // 8, height // 8 + 1)
            if torch.equal(after_CHW, translated(before_CHW, right, down))
        ]
        assert len(alike) == 1
        found.update(alike)
    assert len(found) > 8
    assert {abs(right) for right, _ in found} == set(range(width // 8 + 1))
    assert {abs(down) for _, down in found} == set(range(height // 8 + 1))


def test_a_square_of_half_the_size_is_cut_out_anywhere() -> None:
    after_NCHW = cut_out(torch.ones(400, 2, 8, 8), generator=random())
    middles = set()
    for after_CHW in after_NCHW:
        assert torch.equal(after_CHW[0], after_CHW[1])
        rows = [y for y in range(8) if (after_CHW[0, y] == 0).any()]
        columns = [x for x in range(8) if (after_CHW[0, :, x] == 0).any()]
        assert rows == list(range(rows[0], rows[-1] + 1))
        assert (after_CHW[0] == 0).sum() == len(rows) * len(columns)
        for places in (rows, columns):
            assert len(places) == 4 or (2 <= len(places) < 4 and (places[0] == 0 or places[-1] == 7))
        middles.add((rows[0], len(rows)))
    assert len(middles) == 9  # a middle at each edge between pixels, the image's own included


def test_an_empty_policy_changes_nothing() -> None:
    assert torch.equal(PolicyView(())(images(), generator=random()), images())


def test_the_same_generator_gives_the_same_view_and_another_one_another() -> None:
    first, again, other = (PolicyView(FULL_POLICY)(images(), generator=random(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.dtype == torch.float64
    assert PolicyView(FULL_POLICY)(images().bfloat16(), generator=random()).dtype == torch.bfloat16


def test_gradients_through_the_whole_policy_are_finite_differences() -> None:
    before_NCHW = images(2, 3, 4, 4).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda one: PolicyView(FULL_POLICY)(one, generator=random()), (before_NCHW,), fast_mode=True
    )


@pytest.mark.parametrize(("name", "plain"), [("hinge", Hinge), ("nonsaturating", NonSaturating)])
def test_both_phases_score_what_the_view_shows(name: str, plain: type) -> None:
    step = SmallStep(images(4), images(4).flip(0), lambda one: one[:, 0, 2:5, 2].sum(dim=1))
    by_hand = step.through(PolicyView(FULL_POLICY))
    loss = DiffAugment(loss=name)  # type: ignore[arg-type]
    assert loss.discriminator(step).item() == plain().discriminator(by_hand).item()
    assert loss.generator(step).item() == plain().generator(by_hand).item()
    assert loss.generator(step).item() != plain().generator(step).item()
