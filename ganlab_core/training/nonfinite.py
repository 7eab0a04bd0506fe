"""What happens at a loss, a gradient or a weight that is not finite: found before it is kept, and what to do then."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.runs.rollbacks import ROLLBACKS, Rollback, read_rollbacks
from ganlab_core.system.atomic import write_whole

log = logging.getLogger(__name__)

SKIPS_IN_A_ROW = 10  # more is no outlier batch but a model that is lost
RATE_CUT = 0.5


class NonFiniteError(GanlabError):
    """A loss, a gradient or a weight is not finite; nothing was updated with it, and no checkpoint holds it."""


def require_rollback(path: Path, error: NonFiniteError) -> None:
    """Check that a run may go back once more.

    Raises:
        NonFiniteError: there were `ROLLBACKS` already.
    """
    if len(read_rollbacks(path)) >= ROLLBACKS:
        raise NonFiniteError(
            f"{error}. It was the {ROLLBACKS + 1}th time, with lower learning rates each time"
        ) from error


def note_rollback(path: Path, *, to: int, error: NonFiniteError) -> None:
    """Cut the learning rates of what follows; written before the first of its steps, so that a resume knows of it."""
    before = read_rollbacks(path)
    scale = RATE_CUT ** (len(before) + 1)
    log.warning("%s. Going back to step %d with learning rates at %g of the recipe's", error, to, scale)
    entries = [*before, Rollback(to=to, reason=str(error), learning_rate_scale=scale)]
    write_whole(path, json.dumps([asdict(entry) for entry in entries], indent=2) + "\n")


@torch.no_grad()
def require_finite_weights(model: Model, number: int) -> None:
    """Look at what a checkpoint would hold.

    Raises:
        NonFiniteError: names the parameters that are not finite.
    """
    bad = [name for name, parameter in model.named_parameters() if not torch.isfinite(parameter).all()]
    if bad:
        raise NonFiniteError(f"after step {number}: not finite: {named(bad)}. No checkpoint was written of it")


def named(names: list[str]) -> str:
    """A few names, and how many more."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


class Skips:
    """Leaves out an update that would not be finite, and puts back what the step's forward passes changed.

    Where the generator's phase fails, the discriminator has learnt in this step.

    Args:
        model: what the steps change.
        allowed: whether the recipe leaves such updates out.
    """

    def __init__(self, model: Model, *, allowed: bool) -> None:
        self._allowed = allowed
        self._buffers = [buffer for module in model.state_modules().values() for buffer in module.buffers()]
        self._in_a_row = 0
        self._left_out = -1
        self._kept: list[Tensor] = []

    def state_dict(self) -> dict[str, int]:
        """How many steps in a row were left out, and the last one of them (from 0), -1 if there was none."""
        return {"in_a_row": self._in_a_row, "left_out": self._left_out}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on counting from what `state_dict` gave; of a checkpoint that says nothing, from none.

        Raises:
            TypeError, ValueError: it is nothing that `state_dict` gives.
        """
        self._in_a_row, self._left_out = int(state.get("in_a_row", 0)), int(state.get("left_out", -1))

    def before_step(self) -> None:
        """Remember the buffers, such as running statistics."""
        if self._allowed:
            self._kept = [buffer.clone() for buffer in self._buffers]

    def leave_out(self, number: int, error: NonFiniteError) -> dict[str, Tensor]:
        """Put the buffers back to what they were before step `number`; returns the scalars of a step left out.

        Raises:
            NonFiniteError: none may be left out, or too many in a row were.
        """
        if not self._allowed:
            raise error
        for buffer, value in zip(self._buffers, self._kept, strict=True):
            buffer.copy_(value)
        self._in_a_row = self._in_a_row + 1 if number == self._left_out + 1 else 1
        self._left_out = number
        if self._in_a_row > SKIPS_IN_A_ROW:
            raise NonFiniteError(f"{error}. {SKIPS_IN_A_ROW} steps in a row were left out before it") from error
        log.warning("%s. The update is left out", error)
        return {"nonfinite/left_out": torch.ones(())}
