"""Factors of a prior that keep every promise, for tests to break one of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ganlab_core import Draw, GanlabError
from ganlab_core.stock.priors.categories import categorical_nll, fixed_category, one_hot_draw


class Noise:
    width = 3
    recognition_width = 0

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        return Draw(torch.randn(batch_size, 3, generator=generator))

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return Draw(torch.full((batch_size, 3), float(value)))

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        raise GanlabError("nobody predicts noise")


class Number:
    """A continuous code."""

    width = dim = 2
    recognition_width = 2
    low, high = -1.0, 1.0

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        value_NW = 2 * torch.rand(batch_size, 2, generator=generator) - 1
        return Draw(value_NW, value_NW)

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return self.fixed_each([value] * 2, batch_size, device=device)

    def fixed_each(self, numbers: Sequence[float], batch_size: int, *, device: torch.device) -> Draw:
        if len(numbers) != 2:
            raise GanlabError(f"{len(numbers)} numbers for a code of 2: give 2")
        value_NW = torch.tensor([list(map(float, numbers))]).repeat(batch_size, 1)
        return Draw(value_NW, value_NW)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: str = "hard") -> Tensor:
        return (parameters_NR - draw.value_NW).square().sum(dim=1)


class Category(nn.Module):
    """A learned category with straight-through rows."""

    width = recognition_width = classes = 3

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(3))

    def probabilities(self) -> Tensor:
        return self.theta.softmax(dim=0)

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        probabilities_K = self.probabilities()
        index_N = torch.multinomial(probabilities_K.detach(), batch_size, replacement=True, generator=generator)
        rows_NK = one_hot_draw(index_N, classes=3).value_NW + probabilities_K - probabilities_K.detach()
        return Draw(rows_NK, index_N)

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        return fixed_category(value, batch_size, classes=3, device=device)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Any = "hard") -> Tensor:
        return categorical_nll(parameters_NR, draw, target)
