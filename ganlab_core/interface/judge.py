"""`Judge`: a small CNN that says which class an image shows, for figures about generated images."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab_core.interface.image_data import IMAGES_AT_ONCE

_LARGEST_SIDE = 64


class Judge(nn.Module):
    """Four 3 x 3 convolutions with BatchNorm, three of them strided, and a linear layer on a 2 x 2 summary.

    Args:
        channels: of the images, 1 or 3.
        classes: how many classes.

    Attributes:
        accuracy: share of held-out images, 0 to 1, that it labels rightly.
    """

    def __init__(self, *, channels: int, classes: int) -> None:
        super().__init__()
        self.accuracy = 0.0
        self.layers = nn.Sequential(
            *_stage(channels, 32, stride=2),
            *_stage(32, 64, stride=2),
            *_stage(64, 64, stride=1),
            *_stage(64, 128, stride=2),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(4 * 128, classes),
        )

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Logits `(N, K)` of images in [-1, 1] of any size from 8 x 8; larger ones than 64 x 64 are shrunk first."""
        logits_NK: Tensor = self.layers(_shrunk(images_NCHW))
        return logits_NK

    @torch.no_grad()
    def label(self, images_NCHW: Tensor) -> Tensor:
        """The class of each image in [-1, 1], `(N,)` int64 on the CPU."""
        self.eval()
        device = next(self.parameters()).device
        batches = torch.split(images_NCHW, IMAGES_AT_ONCE)
        return torch.cat([self(batch_NCHW.to(device)).argmax(dim=1).cpu() for batch_NCHW in batches])

    @torch.no_grad()
    def features(self, images_NCHW: Tensor) -> Tensor:
        """What the last layer sees of each image in [-1, 1], `(N, 512)` float32, at least 0, on the CPU."""
        self.eval()
        device = next(self.parameters()).device
        batches = torch.split(images_NCHW, IMAGES_AT_ONCE)
        return torch.cat([self.layers[:-1](_shrunk(batch_NCHW.to(device))).cpu() for batch_NCHW in batches])


def _shrunk(images_NCHW: Tensor) -> Tensor:
    """Images larger than 64 x 64 at that size, so that a judge is quick on any."""
    if max(images_NCHW.shape[2:]) <= _LARGEST_SIDE:
        return images_NCHW
    return F.interpolate(images_NCHW, (_LARGEST_SIDE, _LARGEST_SIDE), mode="bilinear", antialias=True)


def _stage(channels_in: int, channels_out: int, *, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(channels_out), nn.ReLU()
