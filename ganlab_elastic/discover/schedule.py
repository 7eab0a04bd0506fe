"""How many steps fit into the time: both phases' steps are timed, then scaled together."""

from __future__ import annotations

import itertools
import math
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ganlab_core import GanlabError, Interrupted, Plugins, Recipe, train

_DISCOVERY, _GENERATION = 800, 2000  # steps of the two phases at scale 1, as `elastic/digits` has them
_SMALLEST, _LARGEST = 0.4, 4.0
_SPARE = 0.05  # of the time for steps, since a machine is not equally fast all the time


@dataclass(frozen=True)
class Schedule:
    """Steps in which classes are found, and steps in all."""

    discovery: int
    steps: int

    @property
    def fewest(self) -> int:
        """Steps in all after which there is something to see: all to find classes, the fewest to draw them."""
        return min(self.steps, self.discovery + round(_GENERATION * _SMALLEST))


TRIAL = Schedule(discovery=12, steps=24)


@dataclass(frozen=True)
class Pace:
    """Seconds that a step of each phase takes, and that all the rest of a run takes."""

    discovery: float
    generation: float
    rest: float


def scaled(scale: float) -> Schedule:
    """The usual schedule, `scale` times as long."""
    discovery = round(_DISCOVERY * scale)
    return Schedule(discovery, discovery + round(_GENERATION * scale))


def fitting_schedule(pace: Pace, *, seconds: float, minutes: float) -> Schedule:
    """The longest schedule that fits, up to four times the usual one.

    Args:
        seconds: what is left for a run.
        minutes: what there was at first, for the message.

    Raises:
        GanlabError: not even two fifths of the usual schedule fit.
    """
    usual = (_DISCOVERY * pace.discovery + _GENERATION * pace.generation) / (1.0 - _SPARE)
    scale = (seconds - pace.rest) / usual
    if scale < _SMALLEST:
        fewest = scaled(_SMALLEST)
        needed = math.ceil(10 * (minutes + ((_SMALLEST - scale) * usual) / 60)) / 10
        raise GanlabError(
            f"--minutes {minutes:g}: on this machine these images take {needed:.1f} minutes for the fewest steps that "
            f"find classes ({fewest.discovery}, and {fewest.steps - fewest.discovery} to draw them); give --minutes "
            f"{needed:.1f}, or a smaller --size"
        )
    return scaled(min(scale, _LARGEST))


class Deadline:
    """Ends a run on a machine that became slower than it was in the trial, but not before there is something to see.

    Attributes:
        ended_at: the step at which it did.
    """

    def __init__(self, schedule: Schedule, at: float) -> None:
        """`at` is a time of `time.perf_counter`."""
        self._fewest, self._at = schedule.fewest, at
        self.ended_at: int | None = None

    def __call__(self, done: int) -> bool:
        """Whether the step `done` is to be the last."""
        if done < self._fewest or time.perf_counter() < self._at:
            return False
        self.ended_at = done
        return True


def measure_pace(recipe: Recipe, plugins: Plugins) -> Pace:
    """Train a recipe of the schedule `TRIAL` in a temporary folder, and look at the clock after every step.

    Raises:
        Interrupted: SIGINT or SIGTERM.
    """
    times: list[float] = []

    def note_time(done: int) -> bool:
        times.append(time.perf_counter())
        return False

    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as folder:
            train(recipe, run=Path(folder, "trial"), is_over=note_time, plugins=plugins)
    except Interrupted as stop:
        raise Interrupted(stop.number, folder=None) from None  # the trial's folder is gone
    seconds = time.perf_counter() - started
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    # The first step of a phase does once what the phase needs, and belongs to the rest.
    discovery = statistics.median(steps[1 : TRIAL.discovery - 1])
    generation = statistics.median(steps[TRIAL.discovery : -1])
    in_steps = TRIAL.discovery * discovery + (TRIAL.steps - TRIAL.discovery) * generation
    return Pace(discovery, generation, rest=max(seconds - in_steps, 0.0))
