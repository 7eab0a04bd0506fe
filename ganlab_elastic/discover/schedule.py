"""How many steps of each phase fit into the time, and which phase does without where it is short."""

from __future__ import annotations

import time
from dataclasses import dataclass

_SMALLEST, _LARGEST = 0.4, 4.0  # of the usual steps to draw classes; of those of a phase
_SPARE = 0.05  # of the time for steps, since a machine is not equally fast all the time


@dataclass(frozen=True)
class Usual:
    """Steps of the two phases at scale 1.

    Attributes:
        longest: how many times as long it is of use to find classes where they are not drawn.
        shortest: the part of the steps to find classes without which there are none worth speaking of; what little is
            learned in an eighth is already better than pixels.
    """

    discovery: int
    generation: int
    longest: float = _LARGEST
    shortest: float = 0.125

    @property
    def fewest_to_see(self) -> int:
        """Steps to draw classes after which there is something to see."""
        return round(self.generation * _SMALLEST)

    @property
    def fewest_to_find(self) -> int:
        """Steps to find classes without which there are none worth speaking of."""
        return max(round(self.discovery * self.shortest), 1)


IN_PIXELS = Usual(discovery=800, generation=2000)  # as `elastic/digits` has them
# Two thirds until images are linked, a third to teach what is found; no more is found after a thousand steps.
IN_PHOTOGRAPHS = Usual(discovery=1400, generation=2000, longest=1.5)
# The classes are there before the first step: a student is told them, which only drawing needs.
IN_FEATURES = Usual(discovery=400, generation=2000, longest=1.0, shortest=1 / 400)


@dataclass(frozen=True)
class Schedule:
    """Steps in which classes are found, and steps in all, of which those after them draw.

    Attributes:
        draws: whether the time suffices to draw; where not, the steps to do so are still there, for later.
    """

    discovery: int
    steps: int
    draws: bool = True

    @property
    def found_at(self) -> int:
        """Steps after which the classes are there: they are settled at the beginning of the first one that draws."""
        return min(self.steps, self.discovery + 1)


TRIAL = Schedule(discovery=12, steps=24)


@dataclass(frozen=True)
class Pace:
    """Seconds that a step of each phase takes, and that all the rest takes.

    Attributes:
        start: what comes before the first step, and where classes are settled; a run that goes on starts again.
        end: the last evaluation.
    """

    discovery: float
    generation: float
    start: float
    end: float

    @property
    def rest(self) -> float:
        """All that is no step, of a run that finds classes and draws them."""
        return 2 * self.start + self.end


def scaled(scale: float, usual: Usual = IN_PIXELS) -> Schedule:
    """The usual schedule, `scale` times as long."""
    discovery = round(usual.discovery * scale)
    return Schedule(discovery, discovery + round(usual.generation * scale))


def fitting_schedule(pace: Pace, *, seconds: float, usual: Usual = IN_PIXELS, draw: bool = True) -> Schedule | None:
    """The best schedule that fits: both phases up to four times as long as usual, and the drawing shortened first.

    Where not even the fewest steps to draw fit beside the usual ones to find classes, all of the time is for classes.

    Args:
        seconds: what is left for a run.
        draw: whether classes are to be drawn at all.

    Returns:
        None where not even the shortest part of the usual steps to find classes fits.
    """
    discovery, generation = usual.discovery * pace.discovery, usual.generation * pace.generation
    both = (seconds - pace.rest) * (1.0 - _SPARE)
    if draw and both >= discovery + generation:
        return scaled(min(both / (discovery + generation), _LARGEST), usual)
    if draw and both >= discovery + _SMALLEST * generation:
        return Schedule(usual.discovery, usual.discovery + int((both - discovery) / pace.generation))
    scale = (seconds - pace.start) * (1.0 - _SPARE) / discovery
    if scale < usual.shortest:
        return None
    found = max(round(usual.discovery * min(scale, usual.longest)), 1)
    return Schedule(found, found + usual.generation, draws=False)


def fewest_seconds(pace: Pace, usual: Usual, *, draw: bool | None) -> float:
    """What the usual steps to find classes take, with the fewest to draw them; with `draw` None the shortest
    part of them."""
    if draw is None:
        return pace.start + usual.shortest * usual.discovery * pace.discovery / (1.0 - _SPARE)
    drawing = usual.fewest_to_see * pace.generation if draw else 0.0
    return (pace.rest if draw else pace.start) + (usual.discovery * pace.discovery + drawing) / (1.0 - _SPARE)


class Deadline:
    """Ends a run on a machine that became slower than it was in the trial.

    Attributes:
        ended_at: the step at which it did.
    """

    def __init__(self, at: float) -> None:
        """`at` is a time of `time.perf_counter`."""
        self._at = at
        self._began = time.perf_counter()
        self.ended_at: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether the time has come."""
        return time.perf_counter() >= self._at

    @property
    def left(self) -> float:
        """Seconds until then."""
        return max(self._at - time.perf_counter(), 0.0)

    @property
    def gone(self) -> float:
        """The share that is over of the time that there was when it was set."""
        return (time.perf_counter() - self._began) / max(self._at - self._began, 1e-9)

    def __call__(self, done: int) -> bool:
        """Whether the step `done` is to be the last."""
        if self.is_over:
            self.ended_at = done
        return self.is_over
