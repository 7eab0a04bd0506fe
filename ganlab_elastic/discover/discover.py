"""The whole way: look at the folder, time a trial, train for the time that is left, assign, report."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ganlab_core import (
    AssignmentSummary,
    Fit,
    GanlabError,
    Plugins,
    Recipe,
    assign_folder,
    choose_device,
    load_recipe,
    load_run,
    new_run_folder,
    train,
    write_report,
)
from ganlab_elastic.discover.choices import Choices, choose, recipe_values
from ganlab_elastic.discover.schedule import TRIAL, Deadline, Schedule, fitting_schedule, measure_pace
from ganlab_elastic.discover.survey import describe, survey_folder

_METHOD = Path(__file__).parent.parent / "recipes" / "parts" / "best.yaml"
_REPORT_SECONDS = 30.0


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None leaves it to the images."""

    folder: Path
    minutes: float
    run: Path | None = None
    classes: int | None = None
    size: int | None = None
    flip: bool = False
    seed: int = 0
    fit: Fit | None = None


@dataclass(frozen=True)
class Discovered:
    """Where everything lies, and what was found.

    Attributes:
        repeat: the command line that trains the run again.
    """

    run: Path
    report: Path
    assignments: AssignmentSummary
    repeat: str
    seconds: float


def discover_classes(wish: Wish, *, plugins: Plugins, console: Console) -> Discovered:
    """Find the classes of a folder of images.

    Raises:
        GanlabError: too few images, too little time, or a run folder that is taken.
        Interrupted: as `train`.
    """
    started = time.perf_counter()

    def say(line: str) -> None:
        # Names of files that are no valid text cannot be printed as they are.
        line = line.encode(errors="backslashreplace").decode()
        console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)

    run = new_run_folder(wish.run, stem=wish.folder.resolve().name)
    if run.resolve().is_relative_to(wish.folder.resolve()):
        raise GanlabError(
            f"the run {run} would lie in {wish.folder}, its pictures be taken for more of the images; name a folder "
            "elsewhere with --run"
        )
    recipe, deadline = _plan(wish, plugins, started, say)
    train(recipe, run=run, is_over=deadline, plugins=plugins, console=console)
    if deadline.ended_at not in (None, recipe.steps):
        say(
            f"time is over  after {deadline.ended_at} of {recipe.steps} steps, which were slower than in the trial; "
            f"for the others: ganlab train --resume {run} --steps {recipe.steps}"
        )
    loaded = load_run(run, plugins=plugins)
    files = loaded.files
    assignments = assign_folder(loaded, wish.folder, table=files.assignments)
    write_report([run], files.report, plugins=plugins)
    return Discovered(
        run=run,
        report=files.report,
        assignments=assignments,
        repeat=shlex.join(["ganlab", "train", str(files.recipe), "--run", f"{run}-again"]),
        seconds=time.perf_counter() - started,
    )


def _plan(wish: Wish, plugins: Plugins, started: float, say: Callable[[str], None]) -> tuple[Recipe, Deadline]:
    """The recipe that fits the images and the time, told on the way, and when training must end."""
    survey = survey_folder(wish.folder)
    surveyed = time.perf_counter() - started
    for line in describe(survey):
        say(line)
    on_gpu = choose_device("auto").type == "cuda"
    choices = choose(
        survey,
        classes=wish.classes,
        size=wish.size,
        flip=wish.flip,
        seed=wish.seed,
        on_gpu=on_gpu,
        fit=wish.fit,
    )
    say(choices.describe())
    pace = measure_pace(_loaded(choices, TRIAL, plugins), plugins)
    # Assigning reads the files as the survey did, and so does the report.
    after = 2 * surveyed + min(_REPORT_SECONDS, 0.1 * 60 * wish.minutes)
    end = started + 60 * wish.minutes - after
    schedule = fitting_schedule(pace, seconds=end - time.perf_counter(), minutes=wish.minutes)
    say(
        f"steps         {schedule.discovery} to find classes ({pace.discovery:.3f} s each), then "
        f"{schedule.steps - schedule.discovery} to draw them ({pace.generation:.3f} s each)"
    )
    return _loaded(choices, schedule, plugins), Deadline(schedule, at=end - pace.rest)


def _loaded(choices: Choices, schedule: Schedule, plugins: Plugins) -> Recipe:
    return load_recipe(_METHOD, recipe_values(choices, schedule), plugins=plugins)
