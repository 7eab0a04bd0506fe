"""`discover.json` in a run folder: what `ganlab discover` goes on with, beside the run's recipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt

from ganlab_core import (
    GanlabError,
    Interrupted,
    RunFolder,
    RunStarted,
    hookimpl,
    read_record_if_any,
    shell_command,
    write_record,
)

_FILE = "discover.json"
Seconds = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Plan:
    """How a run is to go on, and what is to be said of what it finds.

    Attributes:
        folder: the images, as the user named them.
        found_at: steps after which the classes are there.
        steps: steps in all, those that draw among them.
        seen_at: steps after which what is drawn is worth looking at.
        draws: whether the run goes on to draw without being asked again.
        seconds_to_find: of a step that finds classes, as in the trial.
        seconds_to_draw: of one that draws them.
        usual: steps that find classes where there is time for them.
        counted: whether the number of classes was not told.
        features: the frozen features that classes are found in; None where they are learned from the pixels.
        other_features: those that could be used instead; None where none would help, empty where none are installed.
        size: pixels that images were brought to, and `median_side` their own.
        given_up: what the time did not suffice for, a sentence each.
        seconds_to_end: of the evaluation once all is drawn.
    """

    folder: str
    found_at: PositiveInt
    steps: PositiveInt
    seen_at: PositiveInt
    draws: bool
    seconds_to_find: Seconds
    seconds_to_draw: Seconds
    usual: PositiveInt
    counted: bool
    features: str | None
    other_features: str | None
    size: PositiveInt
    median_side: PositiveInt
    given_up: tuple[str, ...] = ()
    seconds_to_end: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0

    @property
    def discovery(self) -> int:
        """Steps that find classes."""
        return self.found_at - 1

    @property
    def hasty(self) -> bool:
        """Whether these are fewer than usual; in features classes are found before the first one."""
        return self.features is None and self.discovery < self.usual

    def cut(self, discovery: int) -> Plan:
        """The plan of a run whose time was over after so many steps that find classes."""
        fewer = self.discovery - discovery
        given_up = (
            f"{self.discovery} steps to {purpose(self.features)}, which were slower than in the trial, "
            f"for {discovery}; to have them: more --minutes"
        )
        return replace(
            self,
            found_at=self.found_at - fewer,
            steps=self.steps - fewer,
            seen_at=self.seen_at - fewer,
            given_up=(*self.given_up, given_up),
        )


def purpose(features: str | None) -> str:
    """What the steps before those that draw are for, with these frozen features or none."""
    return "find classes" if features is None else "learn to see the classes in pixels"


class PlanWriter:
    """Writes the plan as soon as there is a run folder to hold it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @hookimpl
    def ganlab_run_started(self, event: RunStarted) -> None:
        """Write it, before the first step."""
        write_plan(self._plan, event.folder)


@contextmanager
def plan_kept(plan: Plan, run: Path) -> Iterator[None]:
    """Inside a run begins; where a signal stops it before it could write its plan, that is written then."""
    try:
        yield
    except Interrupted:
        if RunFolder(run).recipe.is_file() and not has_plan(run):
            write_plan(plan, run)
        raise


def write_plan(plan: Plan, run: Path) -> None:
    """Write a plan into a run's folder, in place of an older one.

    Raises:
        OSError: the folder cannot be written.
    """
    write_record(plan, run / _FILE)


def has_plan(run: Path) -> bool:
    """Whether a run can be gone on with."""
    return (run / _FILE).is_file()


def read_plan(run: Path) -> Plan:
    """The plan of a run that `ganlab discover` began.

    Raises:
        GanlabError: there is no such run, another verb made it, or the file is damaged.
    """
    folder = RunFolder(run)
    folder.refuse_links()
    plan = read_record_if_any(run / _FILE, Plan)
    if plan is not None:
        said = (plan.features or "", plan.other_features or "", *plan.given_up)
        if not all(text.isprintable() for text in said):  # a stranger's words do not steer the terminal
            raise GanlabError(f"{run / _FILE} is damaged (it holds what cannot be printed); bring it back from a copy")
        return plan
    if folder.recipe.is_file():
        raise GanlabError(
            f"{run} is no run of `ganlab discover` (there is no {_FILE}); go on with it by "
            f"`{shell_command('ganlab', 'train', '--resume', run)}`"
        )
    raise GanlabError(f"{run} holds no run; name a folder that `ganlab discover` made")


def resume_command(run: Path, *, minutes: str | None = None) -> str:
    """The command line that goes on with a run."""
    more = [] if minutes is None else ["--minutes", minutes]
    return shell_command("ganlab", "discover", "--resume", run, *more)
