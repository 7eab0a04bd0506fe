"""The elastic prior: a categorical code whose probabilities are learned (Ojha et al., arXiv 1910.01112)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor, nn

from ganlab_core import Draw, Step, categorical_nll, fixed_category
from ganlab_elastic.prior.gumbel import gumbel_softmax, straight_through
from ganlab_elastic.prior.temperature import TemperatureSchedule

_IN_USE = 0.1  # of an even share


class ElasticCategorical(nn.Module):
    """Categories whose probabilities are learned, sampled with Gumbel-Softmax.

    The probabilities are softmax(theta), theta starting at zero, which is uniform. A `Factor` of the prior: gradients
    reach theta through the value that the generator reads.

    Args:
        classes: number of categories.
        temperature: of the relaxation, lower is closer to one-hot; a number, or a schedule with start, end and steps.
        straight_through: the generator reads one-hot rows, the gradient is that of the relaxed draw.
        learning_rate: theta's own learning rate; that of the player which owns the prior if left out.
        warm_up: first steps during which the prior stays uniform, so that it does not run ahead of the generator.
        evened: how far rare categories are drawn as often as others in training: from p^(1 - evened), so that at 1 all
            that are in use are drawn alike, and the prior must learn from real images (`prior-matching`). The prior
            stays p, and so does what is drawn after training.
    """

    def __init__(
        self,
        *,
        classes: Annotated[int, Field(ge=2)] = 10,
        temperature: PositiveFloat | TemperatureSchedule = 0.1,
        straight_through: bool = False,
        learning_rate: PositiveFloat | None = None,
        warm_up: Step = 0,
        evened: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0,
    ) -> None:
        super().__init__()
        self.classes = classes
        self.width = classes
        self.recognition_width = classes
        self.temperature = temperature
        self.straight_through = straight_through
        self.learning_rate = learning_rate
        self.warm_up = warm_up
        self.evened = evened
        self.theta = nn.Parameter(torch.zeros(classes))

    def probabilities(self) -> Tensor:
        """The learned probabilities `(K,)`; differentiable."""
        return self.theta.softmax(dim=0)

    def theta_at(self, step: int | None) -> Tensor:
        """Theta `(K,)` as a loss may use it at a training step: without gradient during the warm-up."""
        warming_up = step is not None and step < self.warm_up
        return self.theta.detach() if warming_up else self.theta

    def temperature_at(self, step: int | None) -> float:
        """The relaxation's temperature at a training step; None means after training."""
        return self.temperature if isinstance(self.temperature, float | int) else self.temperature.at(step)

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        """Relaxed (or straight-through) draws `(N, K)`; the target is the category that each row is largest at."""
        relaxed_NK = gumbel_softmax(
            self._drawn_from(step), count=batch_size, temperature=self.temperature_at(step), generator=generator
        )
        index_N = relaxed_NK.detach().argmax(dim=1)
        return Draw(straight_through(relaxed_NK, index_N) if self.straight_through else relaxed_NK, index_N)

    def _drawn_from(self, step: int | None) -> Tensor:
        """Logits `(K,)` of the draws; what has less than a tenth of an even share is not in use, and stays rare."""
        theta_K = self.theta_at(step)
        if step is None or self.evened == 0.0:
            return theta_K
        logs_K = theta_K.log_softmax(dim=0)
        return logs_K - self.evened * logs_K.clamp(min=math.log(_IN_USE / self.classes))

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        """One-hot rows of category `value`.

        Raises:
            GanlabError: `value` is no category's index.
        """
        return fixed_category(value, batch_size, classes=self.classes, device=device)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        """Cross-entropy in nats `(N,)` of a recognition head's logits `(N, K)` against the draw."""
        return categorical_nll(parameters_NR, draw, target)
