"""What a loss is: a pure scalar of a step for one player or both; it never draws, calls backward or steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from torch import Tensor

from ganlab_core.interface.step import Phase, StepContext


@runtime_checkable
class DiscriminatorLoss(Protocol):
    """A loss with a term in the discriminator's phase."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The scalar that the discriminator's player minimises."""


@runtime_checkable
class GeneratorLoss(Protocol):
    """A loss with a term in the generator's phase: what a factory of such a loss gives back."""

    def generator(self, step: StepContext) -> Tensor:
        """The scalar that the generator's player minimises."""


@runtime_checkable
class StatefulLoss(Protocol):
    """A loss that keeps something of its own, such as an average, in buffers of an `nn.Module`."""

    def prepare(self, step: StepContext) -> None:
        """Bring it up to date; called before the phases of every step, without gradient."""


Loss = DiscriminatorLoss | GeneratorLoss

ACTS_IN: Mapping[Phase, type[Loss]] = {"discriminator": DiscriminatorLoss, "generator": GeneratorLoss}
"""What a loss is that has a term in a phase."""
