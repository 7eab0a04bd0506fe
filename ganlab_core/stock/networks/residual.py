"""A small residual trunk for recognition (He et al. 2015, arXiv 1512.03385, section 4.2), averaged over its last map.

Three stages of basic blocks, each with half the side of the one before and twice its channels. What a trunk of DCGAN's
sees at a place it keeps at that place; the mean over places forgets where a thing lies, and a few thousand images then
suffice to learn what it looks like.
"""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import TrunkSpec
from ganlab_core.stock.networks.batch_norm import GroupedBatchNorm, GroupedSequential

_HALVINGS = 2
_SMALLEST = 8  # pixels: below it the last stage has nothing to average
_FINE = 16  # largest side at which the first convolution keeps every pixel


class ResidualTrunk(nn.Module):
    """A residual network with BatchNorm, ReLU and global average pooling.

    Images of any height and width from 8 pixels; larger ones than 16 are halved by the first convolution.

    Args:
        width: channels of the first stage; doubled at each of the two others.
        blocks: residual blocks in each stage, of two convolutions each.

    Raises:
        GanlabError: the images are too small.
    """

    def __init__(self, spec: TrunkSpec, *, width: PositiveInt = 32, blocks: PositiveInt = 1) -> None:
        super().__init__()
        channels, *sides = spec.image_shape
        if min(sides) < _SMALLEST:
            raise GanlabError(f"residual: images are {sides[0]}x{sides[1]}: choose {_SMALLEST} pixels a side or more")
        side, stride = (5, 2) if max(sides) > _FINE else (3, 1)
        self.stem = GroupedSequential(
            nn.Conv2d(channels, width, side, stride=stride, padding=side // 2, bias=False),
            GroupedBatchNorm(width),
            nn.ReLU(inplace=True),
        )
        self.blocks = nn.ModuleList([ResidualBlock(width, width) for _ in range(blocks)])
        for fine in (width * 2**stage for stage in range(_HALVINGS)):
            self.blocks.append(ResidualBlock(fine, 2 * fine, stride=2))
            self.blocks.extend(ResidualBlock(2 * fine, 2 * fine) for _ in range(blocks - 1))
        self.features = width * 2**_HALVINGS

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Features `(N, 4 * width)` of a batch of `groups` equal parts, each as a pass of its own would give."""
        maps_NCHW = self.stem(images_NCHW, groups)
        for block in self.blocks:
            maps_NCHW = block(maps_NCHW, groups)
        features_ND: Tensor = maps_NCHW.mean(dim=(2, 3))
        return features_ND


class ResidualBlock(nn.Module):
    """Two convolutions 3x3 beside a way around them; at first the way around is all that there is."""

    def __init__(self, channels: int, width: int, *, stride: int = 1) -> None:
        super().__init__()
        self.around = GroupedSequential()
        if stride > 1 or channels != width:
            self.around = GroupedSequential(
                nn.Conv2d(channels, width, 1, stride=stride, bias=False), GroupedBatchNorm(width)
            )
        last = GroupedBatchNorm(width)
        nn.init.zeros_(last.weight)
        self.through = GroupedSequential(
            nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False),
            GroupedBatchNorm(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            last,
        )

    def forward(self, input_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Maps `(N, width, H / stride, W / stride)`."""
        return F.relu(self.around(input_NCHW, groups) + self.through(input_NCHW, groups))
