"""A short trial: how long a step of each phase takes on this machine, found out in bounded time."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from pathlib import Path

from ganlab_core import Plugins, Recipe, train
from ganlab_elastic.discover.schedule import TRIAL, Pace

SHARE = 0.05  # of the time that there is, which a trial may take beyond its first steps
_EVALUATION = 100  # steps that the last evaluation takes as long as; most of it trains a reader of what is drawn
_FEWEST = 3  # steps: the first does once what the phase needs, one more is to be timed, and one to be sure


def measure_pace(recipe: Recipe, plugins: Plugins, *, seconds: float) -> Pace:
    """Train a recipe of the schedule `TRIAL` in a temporary folder, and look at the clock after every step.

    A trial that takes too long ends early. If no step that draws was taken by then, one is supposed to take as long as
    one that finds classes. The last step, after which there is an evaluation, is not taken.

    Args:
        seconds: for steps; it ends after these, but not before three steps.

    Raises:
        Interrupted: a signal asked to stop.
    """
    times: list[float] = []

    def takes_long(done: int) -> bool:
        times.append(time.perf_counter())
        return done == TRIAL.steps - 1 or (done >= _FEWEST and times[-1] - times[0] > seconds)

    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        train(recipe, run=Path(folder, "trial"), pause=takes_long, plugins=plugins)
    return pace_of(started, times)


def keep_features(recipe: Recipe, plugins: Plugins) -> None:
    """Take one step, for which the features of all images are computed and cached: later starts find them there.

    Raises:
        Interrupted: as `measure_pace`.
    """
    with tempfile.TemporaryDirectory() as folder:
        train(recipe, run=Path(folder, "features"), pause=lambda done: True, plugins=plugins)


def pace_of(started: float, times: list[float]) -> Pace:
    """The pace of a trial that may have ended early, from the times after each of its steps.

    The first step of a phase does once what the phase needs, and belongs to the rest, as does what one step takes
    longer than others of its phase, in which classes may be found.
    """
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    finding, drawing = steps[: TRIAL.discovery - 1], steps[TRIAL.discovery :]
    discovery = statistics.median(finding)
    once = max(sum(finding) - len(finding) * discovery, 0.0)
    settling = max(steps[TRIAL.discovery - 1] - statistics.median(drawing), 0.0) if drawing else 0.0
    return Pace(
        discovery=discovery,
        generation=statistics.median(drawing) if drawing else discovery,
        start=max(times[0] - started - discovery, 0.0) + once + settling,
        end=_EVALUATION * discovery,
    )
