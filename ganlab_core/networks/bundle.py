"""`Networks`: the networks of a run by role, and the joint pass of several batches through one trunk."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor, nn


class Networks(nn.Module):
    """Generator, trunk, discriminator head and, where the recipe has one, recognition head."""

    def __init__(
        self,
        *,
        generator: nn.Module,
        trunk: nn.Module,
        discriminator: nn.Module,
        recognition: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.generator = generator
        self.trunk = trunk
        self.discriminator = discriminator
        self.recognition = recognition
        self._joint = "groups" in inspect.signature(trunk.forward).parameters

    def features(self, batches: Sequence[Tensor]) -> list[Tensor]:
        """The trunk's features `(N, D)` of each batch, the same as one pass a batch, in order, gives.

        A trunk whose `forward` takes `groups` gets neighbouring batches of one size as one, and must keep
        their statistics apart (`GroupedBatchNorm`): this halves the number of kernels and fills the cores
        better. A batch that carries a gradient does not join one that carries none, whose backward pass would
        be wasted work.
        """
        return [
            features_ND
            for _, alike in groupby(batches, key=lambda batch: (batch.shape, batch.requires_grad))
            for features_ND in self._pass(list(alike))
        ]

    def _pass(self, alike: list[Tensor]) -> Sequence[Tensor]:
        if self._joint and len(alike) > 1:
            joint_ND: Tensor = self.trunk(torch.cat(alike), groups=len(alike))
            return joint_ND.chunk(len(alike))
        return [self.trunk(batch_NCHW) for batch_NCHW in alike]
