"""Random views of real images that keep what they show (Ojha et al., arXiv 1910.01112), each image its own.

What is switched off draws nothing and costs nothing; all that moves pixels is one resampling of the batch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import AfterValidator, ConfigDict, Field, NonNegativeFloat, PositiveFloat
from torch import Tensor

from ganlab_elastic.views.blur import blur
from ganlab_elastic.views.colour import brighten, contrast, saturate, turn_hue
from ganlab_elastic.views.warp import cut_out, sampling_matrices, smooth_displacement, warp

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


def _low_before_high(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError(f"the lower bound {pair[0]} is above the upper bound {pair[1]}; swap them")
    return pair


@dataclass(frozen=True)
class Views:
    """A `View`: how a batch is transformed; every image draws parameters of its own, uniformly within these bounds.

    Losses whose views are equal share one view of the batch, since equal settings are one source of a step.

    Args:
        rotate: largest rotation either way, in degrees.
        zoom: smallest and largest enlargement.
        shift: largest shift either way, as a fraction of the image's size.
        shear: largest lean of vertical lines either way, in degrees.
        distort: largest displacement of a smooth elastic distortion, in pixels.
        flip: mirror left and right half of the time.
        crop: smallest side of the window that is shown, as a fraction of the image's; 1 shows the whole image.
        stretch: largest ratio of the window's sides either way; 1 keeps the image's.
        grey: probability of taking the colour away; on three channels only.
        jitter: largest relative change of brightness, contrast and (on three channels) saturation.
        hue: largest turn of hues either way, as a part of the full circle; on three channels only.
        blur: largest standard deviation of a Gaussian blur, in pixels.
        cut: side of a square of each image that becomes mid-grey, as a fraction of the image's; it may lie partly
            outside.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    rotate: Annotated[float, Field(ge=0.0, le=180.0)] = 20.0
    zoom: Annotated[tuple[PositiveFloat, PositiveFloat], AfterValidator(_low_before_high)] = (0.9, 1.1)
    shift: Fraction = 0.0
    shear: Annotated[float, Field(ge=0.0, lt=90.0)] = 0.0
    distort: NonNegativeFloat = 0.0
    flip: bool = False
    crop: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    grey: Fraction = 0.0
    jitter: Fraction = 0.0
    stretch: Annotated[float, Field(ge=1.0)] = 1.0
    hue: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    blur: NonNegativeFloat = 0.0
    cut: Fraction = 0.0

    def __call__(self, images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor:
        """The images `(N, C, H, W)` in [-1, 1], transformed; same shape, range and dtype, computed in float32."""
        with torch.autocast(device_type=images_NCHW.device.type, enabled=False):
            viewed_NCHW = images_NCHW.float()
            if self._moves_pixels:
                viewed_NCHW = self._moved(viewed_NCHW, generator)
            if self.jitter > 0.0:
                viewed_NCHW = self._jittered(viewed_NCHW, generator)
            if self.hue > 0.0 and images_NCHW.shape[1] == 3:
                viewed_NCHW = turn_hue(viewed_NCHW, _uniform((len(images_NCHW),), -self.hue, self.hue, generator))
            if self.grey > 0.0 and images_NCHW.shape[1] == 3:
                uniform_N = torch.rand(len(images_NCHW), generator=generator, device=images_NCHW.device)
                viewed_NCHW = saturate(viewed_NCHW, (uniform_N >= self.grey).float())
            if self.blur > 0.0:
                sigma_N = _uniform((len(images_NCHW),), 0.0, self.blur, generator)
                viewed_NCHW = blur(viewed_NCHW, sigma_N, largest=self.blur)
            if self.cut > 0.0:
                viewed_NCHW = cut_out(viewed_NCHW, self.cut, generator=generator)
        return viewed_NCHW.to(images_NCHW.dtype)

    @property
    def _moves_pixels(self) -> bool:
        still = Views(
            rotate=0.0,
            zoom=(1.0, 1.0),
            grey=self.grey,
            jitter=self.jitter,
            hue=self.hue,
            blur=self.blur,
            cut=self.cut,
        )
        return self != still

    def _moved(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        displacement_NHW2 = None
        if self.distort > 0.0:
            displacement_NHW2 = smooth_displacement(images_NCHW, pixels=self.distort, generator=generator)
        return warp(images_NCHW, self._matrices(images_NCHW, generator), displacement_NHW2)

    def _matrices(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        count, _, height, width = images_NCHW.shape

        def between(low: float, high: float, *shape: int) -> Tensor:
            return _uniform((count, *shape), low, high, generator)

        side_N = between(self.crop, 1.0)
        window_N2 = self._windows(side_N, generator)
        centre_N2 = between(-2.0 * self.shift, 2.0 * self.shift, 2)
        if self.crop < 1.0:
            centre_N2 = centre_N2 + between(-1.0, 1.0, 2) * (1.0 - window_N2)
        matrices_N23 = sampling_matrices(
            degrees_N=between(-self.rotate, self.rotate),
            zoom_N=between(*self.zoom) / side_N,
            shear_N=between(-self.shear, self.shear).deg2rad().tan(),
            mirror_N=1.0 - 2.0 * (between(0.0, 1.0) < 0.5).float() if self.flip else between(1.0, 1.0),
            centre_N2=centre_N2,
            size=(height, width),
        )
        if self.stretch > 1.0:
            matrices_N23[:, :, :2] *= (window_N2 / side_N[:, None])[:, :, None]
        return matrices_N23

    def _windows(self, side_N: Tensor, generator: torch.Generator) -> Tensor:
        """Width and height `(N, 2)` of the windows that are shown, as fractions of the image's."""
        half = math.log(self.stretch) / 2.0
        wider_N = _uniform((len(side_N),), -half, half, generator).exp()
        return (side_N[:, None] * torch.stack([wider_N, 1.0 / wider_N], dim=1)).clamp(max=1.0)

    def _jittered(self, images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
        changes = (brighten, contrast, saturate) if images_NCHW.shape[1] == 3 else (brighten, contrast)
        for change in changes:
            factor_N = _uniform((len(images_NCHW),), 1.0 - self.jitter, 1.0 + self.jitter, generator)
            images_NCHW = change(images_NCHW, factor_N)
        return images_NCHW


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    """Uniform draws on the generator's device; equal bounds draw nothing."""
    if low == high:
        return torch.full(shape, low, device=generator.device)
    return torch.rand(shape, generator=generator, device=generator.device) * (high - low) + low


MILD_VIEWS = Views()
BROAD_VIEWS = Views(shift=0.06, distort=0.8)
SLIGHT_VIEWS = Views(rotate=5.0, zoom=(0.95, 1.05), shift=0.06, jitter=0.1)
