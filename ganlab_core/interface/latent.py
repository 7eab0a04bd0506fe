"""The data that flows through a step: draws of the prior, and what a recognition head reads back.

Shape suffixes used throughout the package: N batch, C channels, H height, W width, D features or embedding,
Z latent width, K categories, R parameters that a recognition head gives for one code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

Held = float | Sequence[float]
"""What a factor can be held at: a category's index or a number, or a number for each place of a continuous code."""


@dataclass(frozen=True)
class Draw:
    """One factor's draw: `value_NW` is what the generator reads, `target` what a recognition head should read back.

    `target` is `(N,)` int64 for a category, `(N, W)` for a continuous code, None for plain noise.
    """

    value_NW: Tensor
    target: Tensor | None = None


@dataclass(frozen=True)
class LatentSample:
    """Draws of every factor of a prior, in the prior's order."""

    draws: Mapping[str, Draw]

    @property
    def vector_NZ(self) -> Tensor:
        """The generator's input: all factors side by side."""
        return torch.cat([draw.value_NW for draw in self.draws.values()], dim=1)


@dataclass(frozen=True)
class Recognition:
    """What a recognition head says: per code its `(N, R)` parameters, and the hidden layer as embedding.

    `extras` is what a head gives beyond that to losses made for it.
    """

    parameters: Mapping[str, Tensor]
    embedding_ND: Tensor
    extras: Mapping[str, Tensor] = field(default_factory=dict)


@runtime_checkable
class Factor(Protocol):
    """One named factor of a prior; an `nn.Module` where it has something to learn or to save.

    `width` is how many columns of the generator's input it fills; `recognition_width` how many parameters a
    recognition head must give to predict it (0: it is noise, nobody predicts it).
    """

    width: int
    recognition_width: int

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        """Draw `batch_size` values on the generator's device; `step` is the training step, None after training."""

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        """The draw that holds `value` (a category's index, or a continuous code's number) in every row."""

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        """Negative log-likelihood in nats `(N,)` of the draw under a recognition head's parameters.

        `target="soft"` scores a category against the relaxed value that the generator saw instead of its index.
        """


@runtime_checkable
class CategoricalFactor(Factor, Protocol):
    """A factor over `classes` categories with probabilities that can be asked for."""

    classes: int

    def probabilities(self) -> Tensor:
        """The prior's probabilities `(K,)`; they sum to one."""


@runtime_checkable
class ContinuousFactor(Factor, Protocol):
    """A factor of `dim` numbers, each drawn from `low` to `high`; a number without ends gives where it mostly lies.

    Without these a continuous factor trains as well, but cannot be traversed.
    """

    dim: int
    low: float
    high: float

    def fixed_each(self, numbers: Sequence[float], batch_size: int, *, device: torch.device) -> Draw:
        """The draw that holds `numbers`, one for each of the `dim`, in every row; they may lie outside the range."""
