"""The bar of the whole way: the stage that it is in, and one figure of the time left for all of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from rich import progress as bars
from rich.console import Console
from rich.text import Text

from ganlab_core import printable

LOOKING, EMBEDDING, TRIAL = "looking", "embedding", "trial"
CLASSES, SEEING, ASSIGNING, REPORT = "finding classes", "learning to see", "assigning", "report"
DRAWING = "drawing"
_TOLD = 0.05  # of a stage, after which its own speed tells better how long it takes than what was planned


@dataclass(frozen=True)
class Stage:
    """A part of the way, and the seconds that it is thought to take."""

    name: str
    seconds: float


class Progress:
    """On a terminal a bar; elsewhere a line where a stage begins.

    Args:
        seconds: what all is thought to take, as long as no stages are planned.
    """

    def __init__(self, console: Console, *, seconds: float) -> None:
        self._console = console
        self._began = self._stage_began = time.perf_counter()
        self._ends = self._began + seconds
        self._now = Stage("", 0.0)
        self._coming: list[Stage] = []
        self._bar = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(),
            _TimeLeft(self),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=1.0)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    @property
    def left(self) -> float:
        """Seconds to the end of the whole way."""
        return max(self._ends - time.perf_counter(), 0.0)

    def say(self, line: str) -> None:
        """Print a line, or several, above the bar."""
        line = printable(line, lines=True)
        self._console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def plan(self, stages: Sequence[Stage]) -> None:
        """Say what is to come, in place of what was planned before."""
        self._coming = list(stages)
        self._ends = time.perf_counter() + sum(stage.seconds for stage in stages)

    def begin(self, name: str) -> None:
        """A stage begins: the next one of that name, and what was planned before it is over."""
        names = [stage.name for stage in self._coming]
        place = names.index(name) if name in names else -1
        self._now, self._coming = (
            (self._coming[place], self._coming[place + 1 :]) if place >= 0 else (Stage(name, 0.0), self._coming)
        )
        self._stage_began = time.perf_counter()
        self.reach(0.0)
        self._bar.refresh()
        if not self._console.is_terminal:
            self.say(f"{name:<15} about {said(self.left)} left for all")

    def reach(self, share: float) -> None:
        """Of the stage this share is done, from 0 to 1."""
        now = time.perf_counter()
        if self._coming or self._now.seconds:
            seconds = self._now.seconds if share < _TOLD else (now - self._stage_began) / share
            self._ends = now + seconds * (1.0 - share) + sum(stage.seconds for stage in self._coming)
        passed = now - self._began
        self._bar.update(self._task, description=self._now.name, completed=passed, total=max(passed + self.left, 1e-9))


class _TimeLeft(bars.ProgressColumn):
    """Counts down by itself between what the bar is told."""

    max_refresh = 0.5

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        super().__init__()

    def render(self, task: bars.Task) -> Text:
        """The time left as minutes and seconds."""
        return Text(f"{said(self._progress.left)} left for all", style="progress.remaining")


def said(seconds: float) -> str:
    """A time as minutes and seconds, such as 7:05."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes:.0f}:{seconds:02.0f}"
