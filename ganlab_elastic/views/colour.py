"""Changes of colour that keep what an image shows: grey, brightness, contrast, saturation, hue; one strength an image.

Images are in [-1, 1]. The luminance weights are those of ITU-R BT.601.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_LUMINANCE = (0.299, 0.587, 0.114)
# Luminance and two colour differences of red, green and blue (NTSC's YIQ): a turn of the last two turns the hue.
_FROM_RGB = (_LUMINANCE, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


def luminance(images_NCHW: Tensor) -> Tensor:
    """The grey image `(N, 1, H, W)` of RGB images; the channels' mean where there are not three."""
    if images_NCHW.shape[1] != 3:
        return images_NCHW.mean(dim=1, keepdim=True)
    weights_C = torch.tensor(_LUMINANCE, device=images_NCHW.device, dtype=images_NCHW.dtype)
    return (images_NCHW * weights_C.view(1, 3, 1, 1)).sum(dim=1, keepdim=True)


def saturate(images_NCHW: Tensor, factor_N: Tensor) -> Tensor:
    """0 gives the grey image, 1 the image itself, more gives stronger colours; clipped to [-1, 1]."""
    grey_N1HW = luminance(images_NCHW)
    return torch.lerp(grey_N1HW.expand_as(images_NCHW), images_NCHW, factor_N.view(-1, 1, 1, 1)).clamp(-1.0, 1.0)


def brighten(images_NCHW: Tensor, factor_N: Tensor) -> Tensor:
    """Multiplies the intensities, taken from black (-1) up; clipped to [-1, 1]."""
    return ((images_NCHW + 1.0) * factor_N.view(-1, 1, 1, 1) - 1.0).clamp(-1.0, 1.0)


def contrast(images_NCHW: Tensor, factor_N: Tensor) -> Tensor:
    """0 gives the image's mean luminance everywhere, 1 the image itself; clipped to [-1, 1]."""
    mean_N111 = luminance(images_NCHW).mean(dim=(1, 2, 3), keepdim=True)
    return torch.lerp(mean_N111.expand_as(images_NCHW), images_NCHW, factor_N.view(-1, 1, 1, 1)).clamp(-1.0, 1.0)


def turn_hue(images_NCHW: Tensor, turns_N: Tensor) -> Tensor:
    """Hues turned by a part of the full circle, on three channels; luminance stays, clipped to [-1, 1]."""
    angles_N = turns_N * (2.0 * math.pi)
    cosine_N, sine_N = angles_N.cos(), angles_N.sin()
    turned_N33 = torch.eye(3, device=images_NCHW.device).repeat(len(images_NCHW), 1, 1)
    turned_N33[:, 1, 1], turned_N33[:, 1, 2] = cosine_N, -sine_N
    turned_N33[:, 2, 1], turned_N33[:, 2, 2] = sine_N, cosine_N
    from_rgb_33 = torch.tensor(_FROM_RGB, device=images_NCHW.device)
    changed_N33 = torch.linalg.inv(from_rgb_33) @ turned_N33 @ from_rgb_33
    return torch.einsum("nij,njhw->nihw", changed_N33, images_NCHW).clamp(-1.0, 1.0)
