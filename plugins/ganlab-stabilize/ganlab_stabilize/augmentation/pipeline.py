"""ADA's pipeline: each operation happens to each image with probability p (Karras et al. 2020, arXiv 2006.06676).

Operations, strengths and order are those of the paper's appendix B. What moves pixels is one bilinear resampling with
reflection at the edges, in place of the authors' band-limited one with wavelet filters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from ganlab_stabilize.augmentation.affine import quarter_turns, resample, scalings, translations
from ganlab_stabilize.augmentation.colour_matrices import (
    apply_colours,
    brightnesses,
    contrasts,
    hues,
    luma_flips,
    saturations,
)

Operation = Literal["flip", "turn", "translation", "scale", "colour"]
Operations: TypeAlias = tuple[Operation, ...]

ALL_OPERATIONS: Operations = ("flip", "turn", "translation", "scale", "colour")

_LARGEST_SHIFT = 0.125
_LOG_SCALE = 0.2 * math.log(2)
_BRIGHTNESS = 0.2
_LOG_CONTRAST = 0.5 * math.log(2)
_LOG_SATURATION = math.log(2)


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A `View` in which each operation happens to each image with probability `p`, a scalar; colours may leave [-1, 1].

    An image to which nothing happens stays as it is, to the bit. The order is the pipeline's, whatever that of
    `operations`.
    """

    p: Tensor
    operations: Operations = ALL_OPERATIONS

    def __call__(self, images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
        """The images `(N, C, H, W)`, augmented; same shape and dtype, computed in float32 or better."""
        with torch.autocast(images_NCHW.device.type, enabled=False):
            augmented_NCHW = images_NCHW.to(torch.promote_types(images_NCHW.dtype, torch.float32))
            draws = _Draws(augmented_NCHW, self.p, generator)
            if set(self.operations) - {"colour"}:
                augmented_NCHW = self._moved(augmented_NCHW, draws)
            if "colour" in self.operations:
                augmented_NCHW = _recoloured(augmented_NCHW, draws)
        return augmented_NCHW.to(images_NCHW.dtype)

    def _moved(self, images_NCHW: Tensor, draws: _Draws) -> Tensor:
        matrices_N33 = torch.eye(3).to(images_NCHW).repeat(len(images_NCHW), 1, 1)
        if "flip" in self.operations:
            mirrored_N = draws.gated((draws.uniform() * 2.0).floor())
            matrices_N33 = matrices_N33 @ scalings(torch.stack([1.0 - 2.0 * mirrored_N, draws.ones], dim=1))
        if "turn" in self.operations:
            matrices_N33 = matrices_N33 @ quarter_turns(draws.gated((draws.uniform() * 4.0).floor()))
        if "translation" in self.operations:
            matrices_N33 = matrices_N33 @ translations(_whole_shifts(images_NCHW, draws))
        if "scale" in self.operations:
            factor_N = draws.gated(draws.normal() * _LOG_SCALE).exp()
            matrices_N33 = matrices_N33 @ scalings(torch.stack([factor_N, factor_N], dim=1))
        moved_NCHW = resample(images_NCHW, matrices_N33, mode="bilinear", outside="reflection")
        still_N = (matrices_N33 == torch.eye(3).to(matrices_N33)).all(dim=(1, 2))
        return torch.where(still_N.view(-1, 1, 1, 1), images_NCHW, moved_NCHW)


def _whole_shifts(images_NCHW: Tensor, draws: _Draws) -> Tensor:
    height, width = images_NCHW.shape[2:]
    gate_N = draws.gated(draws.ones)
    fraction_2N = torch.stack([draws.uniform(), draws.uniform()]) * (2.0 * _LARGEST_SHIFT) - _LARGEST_SHIFT
    return torch.stack([(fraction_2N[0] * width).round(), (fraction_2N[1] * height).round()], dim=1) * gate_N[:, None]


def _recoloured(images_NCHW: Tensor, draws: _Draws) -> Tensor:
    matrices_N44 = brightnesses(draws.gated(draws.normal() * _BRIGHTNESS))
    matrices_N44 = contrasts(draws.gated(draws.normal() * _LOG_CONTRAST).exp()) @ matrices_N44
    matrices_N44 = luma_flips(draws.gated((draws.uniform() * 2.0).floor())) @ matrices_N44
    if images_NCHW.shape[1] == 3:
        matrices_N44 = hues(draws.gated((draws.uniform() * 2.0 - 1.0) * math.pi)) @ matrices_N44
        matrices_N44 = saturations(draws.gated(draws.normal() * _LOG_SATURATION).exp()) @ matrices_N44
    return apply_colours(images_NCHW, matrices_N44)


class _Draws:
    """Random numbers for a batch, one an image, and the gate that lets each through with probability p."""

    def __init__(self, images_NCHW: Tensor, p: Tensor, generator: torch.Generator) -> None:
        self.ones = torch.ones(len(images_NCHW)).to(images_NCHW)
        self._p = p
        self._generator = generator

    def uniform(self) -> Tensor:
        """From [0, 1)."""
        return torch.rand(self.ones.shape, generator=self._generator, device=self.ones.device, dtype=self.ones.dtype)

    def normal(self) -> Tensor:
        """From N(0, 1)."""
        return torch.randn(self.ones.shape, generator=self._generator, device=self.ones.device, dtype=self.ones.dtype)

    def gated(self, values_N: Tensor) -> Tensor:
        """The values with probability p, else 0: the value of no change."""
        return values_N * (self.uniform() < self._p)
