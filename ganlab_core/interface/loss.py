"""What a loss is: a pure scalar of a step for one player or both; it never draws, calls backward or steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.step import Phase, StepContext


class DiscriminatorLoss(Protocol):
    """A loss with a term in the discriminator's phase."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The scalar that the discriminator's player minimises."""


class GeneratorLoss(Protocol):
    """A loss with a term in the generator's phase: what a factory of such a loss gives back."""

    def generator(self, step: StepContext) -> Tensor:
        """The scalar that the generator's player minimises."""


Loss: TypeAlias = DiscriminatorLoss | GeneratorLoss


def term_of(loss: object, phase: Phase) -> Callable[[StepContext], Tensor] | None:
    """A loss's method for a phase; None where it has none."""
    found: Callable[[StepContext], Tensor] | None = getattr(loss, phase, None)
    return found


def scalar_of(value: object, *, what: str) -> Tensor:
    """A loss's term as it is to be: one number in a tensor.

    Args:
        what: whose method gave it, for the message.

    Raises:
        GanlabError: it is something else.
    """
    if isinstance(value, Tensor) and value.ndim == 0:
        return value
    raise GanlabError(
        f"{what} gave {_kind_of(value)}; return one number as a tensor of shape (), such as a mean. "
        "More numbers can be logged by `step.record`"
    )


def _kind_of(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return "nothing (None)" if value is None else f"a {type(value).__name__}"


def preparation_of(loss: object) -> Callable[[StepContext], None] | None:
    """The method `prepare(step)` of a loss that keeps something of its own, such as an average, in buffers of a module.

    It brings that up to date, and is called before the phases of every step, without gradient.
    """
    found: Callable[[StepContext], None] | None = getattr(loss, "prepare", None)
    return found
