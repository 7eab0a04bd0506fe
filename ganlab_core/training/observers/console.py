"""Progress on the console: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.events import RunFinished, RunStarted, StepFinished
from ganlab_core.interface.hookspecs import hookimpl
from ganlab_core.interface.printable import printable


class ConsoleProgress:
    """Shows the data set, steps and images a second, the time left and the losses, as long as they can be shown."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._batch_size = 0
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=console,
        )
        self._task: TaskID | None = None
        self._last = (0, 0.0)

    @hookimpl
    def ganlab_run_started(self, event: RunStarted) -> None:
        """Open the bar."""
        self._batch_size = event.recipe["batch_size"]
        self._last = (event.first_step, time.perf_counter())
        self._say(f"run folder {event.folder}, device {event.device}")
        self._say(_describe(event.facts))
        if event.facts.features is not None:
            self._say(f"features {event.facts.features.identity}")
        if self._console.is_terminal:
            with self._until_unread():
                self._bar.start()
            self._task = self._bar.add_task("", total=event.steps, completed=event.first_step, figures="")

    @hookimpl
    def ganlab_step_finished(self, event: StepFinished) -> None:
        """Move the bar, or print a line."""
        now = time.perf_counter()
        rate = (event.number - self._last[0]) / max(now - self._last[1], 1e-9)
        self._last = (event.number, now)
        figures = f"{rate:.1f} steps/s {rate * self._batch_size:.0f} images/s  " + _losses(event)
        if self._task is not None:
            self._bar.update(self._task, completed=event.number, figures=figures)
            return
        minutes, seconds = divmod(round((event.steps - event.number) / rate), 60)
        self._say(f"step {event.number}/{event.steps}  {figures}  left {minutes}:{seconds:02d}")

    @hookimpl
    def ganlab_run_finished(self, event: RunFinished) -> None:
        """Close the bar."""
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was; a run that stops early calls it too."""
        with self._until_unread():
            self._bar.stop()

    def _say(self, line: str) -> None:
        with self._until_unread():
            self._console.print(printable(line), highlight=False, markup=False, emoji=False, soft_wrap=True)

    @contextmanager
    def _until_unread(self) -> Iterator[None]:
        """A console that cannot be written to any more is left alone, and the run goes on."""
        try:
            yield
        except (OSError, SystemExit):  # rich leaves the program where a pipe is closed
            self._console.quiet = True


def _describe(facts: DataFacts) -> str:
    """The data set in a line: how many images of what shape, how many of each class, and which ones by their hash."""
    channels, height, width = facts.image_shape
    counts = f", {', '.join(map(str, facts.class_counts))} a class" if facts.class_counts else ", no labels"
    shape = f"{facts.size} images of {height} x {width} x {channels}"
    return f"dataset {facts.name}: {shape}{counts}, content hash {facts.content_hash[:12]}"


def _losses(event: StepFinished) -> str:
    """Each player's sum."""
    return "  ".join(
        f"{name.removeprefix('loss/')} {value:.3f}"
        for name, value in event.scalars.items()
        if name in ("loss/discriminator", "loss/generator")
    )
