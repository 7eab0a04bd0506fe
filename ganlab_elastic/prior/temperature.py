"""The relaxation's temperature over a run: Jang et al. 2017 (arXiv 1611.01144) anneal it towards zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict, PositiveFloat

from ganlab_core import PositiveStep


@dataclass(frozen=True)
class TemperatureSchedule:
    """From `start` at step 0 to `end` at step `steps`, which may be a share of the run, and after.

    `exponential` changes by an equal ratio at each step, `linear` by an equal difference.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    start: PositiveFloat
    end: PositiveFloat
    steps: PositiveStep
    curve: Literal["linear", "exponential"] = "exponential"

    def at(self, step: int | None) -> float:
        """The temperature at a training step; None means after training and gives `end`."""
        if step is None or step >= self.steps:
            return self.end
        fraction = step / self.steps
        if self.curve == "linear":
            return self.start + (self.end - self.start) * fraction
        return float(self.start * (self.end / self.start) ** fraction)
