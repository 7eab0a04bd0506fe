"""DiffAugment's policy: colour, translation and cutout, each image its own (Zhao et al. 2020, arXiv 2006.10738).

Strengths are those of the authors' code: brightness by up to 0.5 on the scale of [-1, 1], saturation times 0 to 2,
contrast times 0.5 to 1.5, translation by up to an eighth of the size, a square of half the size cut out. What is moved
in or cut out is 0, mid-grey.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from ganlab_stabilize.augmentation.affine import resample, translations

Change = Literal["colour", "translation", "cutout"]
Policy: TypeAlias = tuple[Change, ...]

FULL_POLICY: Policy = ("colour", "translation", "cutout")

_LARGEST_SHIFT = 0.125
_CUTOUT = 0.5


@dataclass(frozen=True)
class PolicyView:
    """A `View`: the changes of a policy, one after the other; colours may leave [-1, 1]."""

    policy: Policy

    def __call__(self, images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
        """The images `(N, C, H, W)`, changed; same shape and dtype, computed in float32 or better."""
        with torch.autocast(images_NCHW.device.type, enabled=False):
            changed_NCHW = images_NCHW.to(torch.promote_types(images_NCHW.dtype, torch.float32))
            for change in self.policy:
                changed_NCHW = _CHANGES[change](changed_NCHW, generator=generator)
        return changed_NCHW.to(images_NCHW.dtype)


def recolour(images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
    """Brightness, saturation (nothing on one channel) and contrast, in this order."""
    brightness_N111, saturation_N111, contrast_N111 = _uniform(images_NCHW, 3, generator).unbind(1)
    brighter_NCHW = images_NCHW + brightness_N111 - 0.5
    grey_N1HW = brighter_NCHW.mean(dim=1, keepdim=True)
    saturated_NCHW = grey_N1HW + (brighter_NCHW - grey_N1HW) * (2.0 * saturation_N111)
    mean_N111 = saturated_NCHW.mean(dim=(1, 2, 3), keepdim=True)
    return mean_N111 + (saturated_NCHW - mean_N111) * (contrast_N111 + 0.5)


def translate(images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
    """Whole pixels either way in x and y, up to an eighth of the size."""
    height, width = images_NCHW.shape[2:]
    limit_2 = torch.tensor([_rounded(width * _LARGEST_SHIFT), _rounded(height * _LARGEST_SHIFT)])
    limit_2 = limit_2.to(images_NCHW)
    uniform_N2 = _uniform(images_NCHW, 2, generator).flatten(1)
    shift_N2 = (uniform_N2 * (2.0 * limit_2 + 1.0)).floor() - limit_2
    return resample(images_NCHW, translations(shift_N2), mode="nearest", outside="zeros")


def cut_out(images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
    """A rectangle of half the height and width, which may lie partly outside, becomes 0."""
    height, width = images_NCHW.shape[2:]
    fraction_N2 = _uniform(images_NCHW, 2, generator).flatten(1)
    rows_NH = _inside(fraction_N2[:, :1], height)
    columns_NW = _inside(fraction_N2[:, 1:], width)
    return images_NCHW.masked_fill((rows_NH[:, :, None] & columns_NW[:, None, :])[:, None], 0.0)


def _inside(fraction_N1: Tensor, size: int) -> Tensor:
    """Which of `size` places lie in an interval of half of them whose middle is drawn evenly from all."""
    length = _rounded(size * _CUTOUT)
    middle_N1 = (fraction_N1 * (size + 1 - length % 2)).floor()
    first_N1 = middle_N1 - length // 2
    places_S = torch.arange(size, device=fraction_N1.device)
    return (places_S >= first_N1) & (places_S < first_N1 + length)


def _rounded(value: float) -> int:
    """To the nearest whole number, halves upwards."""
    return int(value + 0.5)


def _uniform(images_NCHW: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draws from [0, 1) of shape `(N, count, 1, 1, 1)`, in the images' dtype."""
    shape = (len(images_NCHW), count, 1, 1, 1)
    return torch.rand(shape, generator=generator, device=generator.device, dtype=images_NCHW.dtype)


_CHANGES: dict[Change, Callable[..., Tensor]] = {"colour": recolour, "translation": translate, "cutout": cut_out}
