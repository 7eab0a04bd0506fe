"""`Model`: the networks, the prior and the losses of a recipe, built to fit one another and the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from ganlab_core.interface.loss import Loss
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.prior import Prior


@dataclass(frozen=True)
class WeightedLoss:
    """A loss, its weight in its player's sum, and the steps in which it counts: from `starts`, before `ends`.

    `given` says which part it is and who gives it, for messages.
    """

    loss: Loss
    weight: float = 1.0
    starts: int = 0
    ends: int | None = None
    given: str = ""

    def counts(self, number: int) -> bool:
        """Whether the loss takes part in step `number` (from 0)."""
        return self.starts <= number and (self.ends is None or number < self.ends)


@dataclass(frozen=True)
class Model:
    """Everything that learns, and the losses it learns from; `average` is the generator's moving average."""

    networks: Networks
    prior: Prior
    losses: Mapping[str, WeightedLoss]
    average: nn.Module

    @property
    def device(self) -> torch.device:
        """Where the networks lie."""
        return next(self.networks.parameters()).device

    def learners(self) -> dict[str, nn.Module]:
        """What a player may own, by the name that a recipe's `owns` uses."""
        modules: dict[str, nn.Module] = dict(self.networks.named_children())
        modules["prior"] = self.prior
        modules["losses"] = nn.ModuleDict(
            {name: weighted.loss for name, weighted in self.losses.items() if isinstance(weighted.loss, nn.Module)}
        )
        return modules

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Every parameter that learns, named as `owns`, `groups` and the audit name it."""
        for owner, module in self.learners().items():
            for name, parameter in module.named_parameters():
                yield f"{owner}.{name}", parameter

    def state_modules(self) -> dict[str, nn.Module]:
        """What a checkpoint holds."""
        return {**self.learners(), "average": self.average}
