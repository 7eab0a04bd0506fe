"""EfficientNet-Lite0 up to its last features (Tan and Le 2019, arXiv 1905.11946, without squeeze-and-excitation).

As TensorFlow's `models/official/efficientnet/lite`, for weights that were trained there: ReLU6, padding that is larger
at the right and below, and an epsilon of 1e-3 in the batch normalisation.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 1280
_STEM = 32


@dataclass(frozen=True)
class _Stage:
    """Inverted residual blocks alike: only the first one has the stride."""

    expand: int
    channels: int
    blocks: int
    stride: int
    kernel: int


_STAGES = (
    _Stage(1, 16, 1, 1, 3),
    _Stage(6, 24, 2, 2, 3),
    _Stage(6, 40, 2, 2, 5),
    _Stage(6, 80, 3, 2, 3),
    _Stage(6, 112, 3, 1, 5),
    _Stage(6, 192, 4, 2, 5),
    _Stage(6, 320, 1, 1, 3),
)


class Lite0(nn.Module):
    """Images `(N, 3, H, W)`, normalised, to the means over all places of the last features, `(N, 1280)`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = _Conv(3, _STEM, kernel=3, stride=2)
        self.bn0 = _norm(_STEM)
        self.blocks = nn.Sequential()
        channels = _STEM
        for stage in _STAGES:
            for number in range(stage.blocks):
                self.blocks.append(_Block(channels, stage, stride=1 if number else stage.stride))
                channels = stage.channels
        self.conv_head = _Conv(channels, WIDTH, kernel=1)
        self.bn1 = _norm(WIDTH)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """The features."""
        found_NCHW = self.blocks(F.relu6(self.bn0(self.conv_stem(images_NCHW)), inplace=True))
        means_ND: Tensor = F.relu6(self.bn1(self.conv_head(found_NCHW))).mean(dim=(2, 3))
        return means_ND


class _Block(nn.Module):
    """An inverted residual: wider by a factor, one filter a channel, narrow again; added to what came in if it fits."""

    def __init__(self, channels: int, stage: _Stage, *, stride: int) -> None:
        super().__init__()
        wide = channels * stage.expand
        steps: OrderedDict[str, nn.Module] = OrderedDict()
        if stage.expand > 1:
            steps |= {
                "expand_conv": _Conv(channels, wide, kernel=1),
                "bn0": _norm(wide),
                "active0": nn.ReLU6(inplace=True),
            }
        steps["depthwise_conv"] = _Conv(wide, wide, kernel=stage.kernel, stride=stride, groups=wide)
        steps |= {"bn1": _norm(wide), "active1": nn.ReLU6(inplace=True)}
        steps |= {"project_conv": _Conv(wide, stage.channels, kernel=1), "bn2": _norm(stage.channels)}
        self.steps = nn.Sequential(steps)
        self.adds = stride == 1 and channels == stage.channels

    def forward(self, found_NCHW: Tensor) -> Tensor:
        changed_NCHW: Tensor = self.steps(found_NCHW)
        return found_NCHW + changed_NCHW if self.adds else changed_NCHW


class _Conv(nn.Module):
    """A convolution whose output has a pixel for each `stride` of the input, padded as TensorFlow's `SAME`."""

    def __init__(self, channels: int, out: int, *, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        padding = kernel // 2 if stride == 1 else 0  # else it depends on the size, and is larger at the end
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        if self.stride > 1:
            rows, columns = (self._padding(size) for size in images_NCHW.shape[2:])
            images_NCHW = F.pad(images_NCHW, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        found_NCHW: Tensor = self.conv(images_NCHW)
        return found_NCHW

    def _padding(self, size: int) -> int:
        places = -(-size // self.stride)
        return max((places - 1) * self.stride + self.kernel - size, 0)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)
