"""The residual blocks (Miyato et al. 2018, arXiv 1802.05957, appendix B).

A 1x1 convolution and a change of resolution may be swapped without a change of the sum; here the convolution always
sees the smaller map.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ganlab_resnet.layers import RESIDUAL_GAIN, convolution


class UpBlock(nn.Module):
    """Twice the side: BatchNorm, ReLU, nearest neighbour, convolution, BatchNorm, ReLU, convolution.

    Its convolutions have no bias: a later BatchNorm would take it away.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.BatchNorm2d(channels_in),
            nn.ReLU(inplace=True),
            nn.Upsample(scale_factor=2),
            convolution(channels_in, channels_out, 3, gain=RESIDUAL_GAIN, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
            convolution(channels_out, channels_out, 3, gain=RESIDUAL_GAIN, bias=False),
        )
        self.shortcut = nn.Sequential(
            convolution(channels_in, channels_out, 1, bias=False), nn.Upsample(scale_factor=2)
        )

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """`(N, C, H, W)` to `(N, channels_out, 2 H, 2 W)`."""
        sum_NCHW: Tensor = self.residual(maps_NCHW) + self.shortcut(maps_NCHW)
        return sum_NCHW


class TrunkBlock(nn.Module):
    """ReLU, convolution, ReLU, convolution, and with `halves` average pooling to half the side.

    The shortcut is the map itself where neither channels nor side change.
    """

    def __init__(self, channels_in: int, channels_out: int, *, halves: bool) -> None:
        super().__init__()
        self._halves = halves
        self.residual = nn.Sequential(
            nn.ReLU(),  # not in place: the shortcut needs what came in
            convolution(channels_in, channels_in, 3, gain=RESIDUAL_GAIN),
            nn.ReLU(inplace=True),
            convolution(channels_in, channels_out, 3, gain=RESIDUAL_GAIN),
        )
        changes = halves or channels_in != channels_out
        self.shortcut = convolution(channels_in, channels_out, 1, bias=False) if changes else nn.Identity()

    def forward(self, maps_NCHW: Tensor) -> Tensor:
        """`(N, C, H, W)` to `(N, channels_out, H, W)`, or half of H and W."""
        residual_NCHW, short_NCHW = self.residual(maps_NCHW), maps_NCHW
        if self._halves:
            residual_NCHW, short_NCHW = F.avg_pool2d(residual_NCHW, 2), F.avg_pool2d(short_NCHW, 2)
        sum_NCHW: Tensor = residual_NCHW + self.shortcut(short_NCHW)
        return sum_NCHW


class FirstBlock(nn.Module):
    """The trunk's first block, on pixels: no ReLU before its first convolution, and half the side after its last."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            convolution(channels_in, channels_out, 3, gain=RESIDUAL_GAIN),
            nn.ReLU(inplace=True),
            convolution(channels_out, channels_out, 3, gain=RESIDUAL_GAIN),
            nn.AvgPool2d(2),
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), convolution(channels_in, channels_out, 1, bias=False))

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """`(N, C, H, W)` to `(N, channels_out, H / 2, W / 2)`."""
        sum_NCHW: Tensor = self.residual(images_NCHW) + self.shortcut(images_NCHW)
        return sum_NCHW
