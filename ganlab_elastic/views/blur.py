"""Gaussian blur of a batch of images, each by a strength of its own; edges are continued outwards."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_LEAST = 1e-3  # pixels: a kernel of no width has its whole weight in the middle


def blur(images_NCHW: Tensor, sigma_N: Tensor, *, largest: float) -> Tensor:
    """Images convolved with Gaussians of standard deviation `sigma_N` pixels, at most `largest`, cut at two of those.

    The same shape and range; 0 gives the image itself.
    """
    radius = max(1, round(2.0 * largest))
    offsets_R = torch.arange(-radius, radius + 1, device=images_NCHW.device)
    weights_NR = torch.exp(-(offsets_R**2) / (2.0 * sigma_N.clamp(min=_LEAST)[:, None] ** 2))
    weights_NR = weights_NR / weights_NR.sum(dim=1, keepdim=True)
    # Each image's channels are groups of one convolution, since each image has a kernel of its own.
    planes = images_NCHW.shape[0] * images_NCHW.shape[1]
    kernels_PR = weights_NR.repeat_interleave(images_NCHW.shape[1], dim=0)
    padded_1PHW = F.pad(images_NCHW.flatten(0, 1)[None], (radius,) * 4, mode="replicate")
    across_1PHW = F.conv2d(padded_1PHW, kernels_PR[:, None, None, :], groups=planes)
    return F.conv2d(across_1PHW, kernels_PR[:, None, :, None], groups=planes).view(images_NCHW.shape)
