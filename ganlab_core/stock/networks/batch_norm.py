"""Batch normalisation of a joint pass: several batches go through as one, each with its own statistics.

Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1, once for each group. Statistics over real and fake
images together would differ from those of one batch at a time; by group they are those of separate passes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab_core.interface.errors import GanlabError

_MOMENTUM = 0.1
_EPSILON = 1e-5


class GroupedBatchNorm(nn.Module):
    """Batch normalisation of `(N, C)` or `(N, C, H, W)` by the statistics of each of `groups` equal parts.

    Running statistics are updated once a part, in order (momentum 0.1), and used in eval mode.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))

    def forward(self, input: Tensor, groups: int = 1) -> Tensor:
        """The normalised batch, in the input's shape.

        Raises:
            GanlabError: the batch does not divide into so many groups.
        """
        if input.shape[0] % groups:  # `len` would tie an exported network to one batch size
            raise GanlabError(
                f"a batch of {len(input)} does not divide into {groups} groups: join equally large batches"
            )
        if groups == 1 or not self.training:
            return self._normalise(input)
        return torch.cat([self._normalise(part) for part in input.chunk(groups)])

    def _normalise(self, part: Tensor) -> Tensor:
        return F.batch_norm(
            part,
            self.running_mean,
            self.running_variance,
            self.weight,
            self.bias,
            training=self.training,
            momentum=_MOMENTUM,
            eps=_EPSILON,
        )

    def extra_repr(self) -> str:
        return str(len(self.weight))


class GroupedSequential(nn.Sequential):
    """Layers in a row; `groups` goes to those that are a `GroupedBatchNorm`."""

    def forward(self, input: Tensor, groups: int = 1) -> Tensor:
        """The last layer's output."""
        for layer in self:
            input = layer(input, groups) if isinstance(layer, GroupedBatchNorm) else layer(input)
        return input


def batch_statistics(network: nn.Module) -> dict[str, nn.Module]:
    """The layers, by name, that now make one sample's output depend on the rest of its batch."""
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, _BatchNorm | GroupedBatchNorm) and module.training
    }
