"""A loss under test in a small model: its state, its steps, and a resume between them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor

from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.loss import Loss, term_of
from ganlab_core.interface.model import WeightedLoss
from ganlab_core.interface.specs import LossSpec
from ganlab_core.testing.saved import restore
from ganlab_core.testing.small_model import SmallModel
from ganlab_core.testing.subject import Subject
from ganlab_core.testing.watched import PHASES, Watched
from ganlab_core.training.step import TrainState, train_step

NAME = "checked"
"""What the loss is called among the model's losses."""


@dataclass(frozen=True)
class LossRun:
    """A loss in a small model on this data."""

    subject: Subject
    small: SmallModel
    data: ImageData

    @property
    def spec(self) -> LossSpec:
        return self.small.spec(self.small.model(self.data), self.data)

    def loss(self, spec: LossSpec) -> Any:
        loss = self.subject.build(spec)
        self.subject.require(
            any(term_of(loss, phase) for phase in PHASES),
            "has neither a method `discriminator(step)` nor `generator(step)`",
        )
        return loss

    def state(self, *, bf16: bool = False) -> TrainState:
        """The model before its first step."""
        model = self.small.model(self.data)
        watched = Watched(self.loss(self.small.spec(model, self.data)), self.subject)
        return self.small.state(model, self.data, {NAME: WeightedLoss(loss=cast(Loss, watched))}, bf16=bf16)

    def step(self, state: TrainState, number: int) -> dict[str, Tensor]:
        """The scalars of one step."""
        with self.subject.during(f"step {number + 1}"):
            scalars = train_step(state, number)
        for name, value in scalars.items():
            self.subject.require(value.numel() == 1, f"records {name!r} of shape {tuple(value.shape)}, not a scalar")
        return scalars

    def resumed(self, state: TrainState) -> TrainState:
        """Another state, to which this one went through safetensors, as a checkpoint's does."""
        fresh = self.state()
        with self.subject.during("saving its state and loading it into a new one"):
            for owner, module in fresh.model.state_modules().items():
                restore(module, state.model.state_modules()[owner])
        for name, player in fresh.players.items():
            player.optimiser.load_state_dict(copy.deepcopy(state.players[name].optimiser.state_dict()))
        return fresh


def reached_by(state: TrainState) -> set[str]:
    """The parameters that the last step gave a gradient, with their player's name before them."""
    return {
        f"{player.name}/{name}"
        for player in state.players.values()
        for name, parameter in player.parameters.items()
        if parameter.grad is not None and bool(parameter.grad.any())
    }
