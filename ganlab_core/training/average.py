"""The generator's exponential moving average (EMA), from which all samples are drawn after training."""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.no_grad()
def update_average(average: nn.Module, generator: nn.Module, *, decay: float, number: int) -> None:
    """Move the average towards the generator after step `number` (from 0); statistics such as BatchNorm's are copied.

    The decay rises as (1 + n) / (10 + n) until it reaches `decay`, so that first weights do not hold a short run.
    """
    decay = min(decay, (1 + number) / (10 + number))
    averaged: list[Tensor] = list(average.parameters())
    current: list[Tensor] = list(generator.parameters())
    torch._foreach_lerp_(averaged, current, 1.0 - decay)
    for kept, buffer in zip(average.buffers(), generator.buffers(), strict=True):
        kept.copy_(buffer)
