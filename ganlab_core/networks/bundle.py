"""`Networks`: the networks of a run by role, and the joint pass of several batches through one trunk."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Networks(nn.Module):
    """Generator, trunk, discriminator head and, where the recipe has one, recognition head."""

    def __init__(
        self, *, generator: nn.Module, trunk: nn.Module, discriminator: nn.Module, recognition: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.generator = generator
        self.trunk = trunk
        self.discriminator = discriminator
        self.recognition = recognition
        self._joint = "groups" in inspect.signature(trunk.forward).parameters

    def features(self, batches: Sequence[Tensor]) -> list[Tensor]:
        """The trunk's features `(N, D)` of each batch, the same as one pass a batch gives.

        A trunk whose `forward` takes `groups` gets equally large batches as one, and must keep their statistics
        apart (`GroupedBatchNorm`): this halves the number of kernels and fills the cores better.
        """
        if self._joint and len(batches) > 1 and len({batch.shape for batch in batches}) == 1:
            return list(self.trunk(torch.cat(list(batches)), groups=len(batches)).chunk(len(batches)))
        return [self.trunk(batch) for batch in batches]
