"""The loop: the steps of a run that are left, and after each what is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ganlab_core.system.signals import stop_requests
from ganlab_core.training.after_step import watched
from ganlab_core.training.nonfinite import NonFiniteError
from ganlab_core.training.restoring import last_whole, rolled_back
from ganlab_core.training.session import Session
from ganlab_core.training.step import train_step

IsOver: TypeAlias = Callable[[int], bool]


@dataclass(frozen=True)
class RunResult:
    """Where a run lies, its last evaluation by key (empty where it paused), and its wall-clock seconds."""

    folder: Path
    evaluation: dict[str, Any]
    seconds: float


def loop(session: Session, *, is_over: IsOver | None = None, pause: IsOver | None = None) -> RunResult:
    """Take the steps that are left; what is not finite may be left out, or lead back to the last checkpoint.

    Args:
        session: built, and brought to the state of its first step.
        is_over: as `train`.
        pause: as `train`.

    Raises:
        NonFiniteError: a loss, a gradient or a weight is not finite, and the recipe does not help itself.
        GanlabError: the disk or the memory is full, or an evaluation finds a collapse that the recipe stops at.
        Interrupted: a signal asked to stop.
    """
    started = time.perf_counter()
    while True:
        skips = session.skips
        try:
            with watched(session) as after:
                with stop_requests() as stop_request:
                    for number in range(session.first_step, session.recipe.total_steps):
                        skips.before_step()
                        try:
                            scalars = train_step(session.state, number, norms=after.logs(number + 1))
                        except NonFiniteError as error:
                            scalars = skips.leave_out(number, error)
                        after(number + 1, scalars, is_over=is_over, pause=pause, stop_request=stop_request)
                        if after.is_last(number + 1) or after.is_paused:
                            break
                evaluation = {} if after.is_paused else after.finish()
            session.group.agreed(None)  # one that left while others still talk would take them with it
            return RunResult(session.folder.path, evaluation, time.perf_counter() - started)
        except NonFiniteError as error:
            checkpoint = last_whole(session, error)
        session = rolled_back(session, checkpoint)  # out here, where the failed step's tensors are gone
