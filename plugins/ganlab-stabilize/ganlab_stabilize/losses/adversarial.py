"""The adversarial losses that can be shown augmented images, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from torch import Tensor

from ganlab_core import Hinge, NonSaturating, StepContext
from ganlab_stabilize.losses.relativistic import Relativistic
from ganlab_stabilize.losses.relativistic_pairing import RelativisticPairing

AdversarialName = Literal["nonsaturating", "hinge", "relativistic", "relativistic-pairing"]


class Adversarial(Protocol):
    """A loss with a term for each player."""

    def discriminator(self, step: StepContext) -> Tensor:
        """The discriminator's scalar."""

    def generator(self, step: StepContext) -> Tensor:
        """The generator's scalar."""


ADVERSARIAL: dict[AdversarialName, Callable[[], Adversarial]] = {
    "nonsaturating": NonSaturating,
    "hinge": Hinge,
    "relativistic": Relativistic,
    "relativistic-pairing": RelativisticPairing,
}

FAKE_BASELINES: dict[AdversarialName, Callable[[Tensor], Tensor]] = {
    "relativistic": lambda fake_N: fake_N.mean(),
    "relativistic-pairing": lambda fake_N: fake_N,
}
"""What of the fake logits a relativistic loss holds real ones against; without it, their zero means nothing."""
