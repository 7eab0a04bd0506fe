"""The whole way: look at the folder, time a trial, find classes, assign and report; then draw, and renew both."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from ganlab_core import (
    AssignmentSummary,
    Found,
    GanlabError,
    Interrupted,
    Plugins,
    RunFolder,
    given_back,
    load_run,
    load_run_recipe,
    new_run_folder,
    raised_stops,
    read_found,
    relocate,
    resume,
    shell_command,
    train,
)
from ganlab_elastic.discover.choices import cut_values
from ganlab_elastic.discover.planning import make_plan, require_unplanned
from ganlab_elastic.discover.progress import (
    ASSIGNING,
    CLASSES,
    DRAWING,
    LOOKING,
    REPORT,
    SEEING,
    TRIAL,
    Progress,
    Stage,
)
from ganlab_elastic.discover.record import (
    Plan,
    PlanWriter,
    has_plan,
    plan_kept,
    read_plan,
    resume_command,
    write_plan,
)
from ganlab_elastic.discover.renewal import Renewed, renew
from ganlab_elastic.discover.schedule import Deadline, Usual
from ganlab_elastic.discover.survey import require_folder, require_images
from ganlab_elastic.discover.wish import Wish

_RENEWAL = 30.0  # seconds, where they are not known
_WORTH = 2  # times as long as table and report take must it be until they come next, for them to come early
_LATE = 1.2  # times as long as before that the report may take once classes are drawn


@dataclass(frozen=True)
class Discovered:
    """Where everything lies, and what was found.

    Attributes:
        found: how many classes, how surely, and what to try.
        resume: the command line that goes on with the run.
        repeat: the one that trains it again.
    """

    run: Path
    report: Path
    assignments: AssignmentSummary
    found: Found
    resume: str
    repeat: str
    seconds: float


def discover_classes(wish: Wish, *, plugins: Plugins, console: Console) -> Discovered:
    """Find the classes of a folder of images, then draw them if there is time.

    Raises:
        GanlabError: too few images, at all or for so many classes, not even the time for the fewest steps, or a run
            folder that is taken.
        Interrupted: a signal asked to stop; the text says what is there by then.
    """
    require_folder(wish.folder)
    require_unplanned(wish.overrides)
    require_images(wish.folder, wish.classes, follow_links=wish.follow_links)
    started = time.perf_counter()
    with _new_run(wish) as run, _way(run, console, seconds=60 * wish.minutes) as progress:
        progress.plan([Stage(LOOKING, 0.0), Stage(TRIAL, 60 * wish.minutes)])
        planned = make_plan(wish, run, plugins=plugins, progress=progress)
        plan = planned.plan
        finding = planned.pace.start + planned.pace.discovery * plan.found_at
        # In features the classes are found before the first step; what follows teaches them to the pixels' reader.
        is_early = plan.features is not None and finding > _WORTH * planned.renewal
        progress.plan(_stages(plan, finding=finding, renewal=planned.renewal, draws=plan.draws, is_early=is_early))
        deadline = Deadline(planned.ends - _LATE * planned.renewal - planned.pace.start)
        begin: Callable[..., object] = partial(train, planned.recipe, run=run, observers=[PlanWriter(plan)])
        progress.begin(CLASSES)
        renewed = None
        if is_early:
            with plan_kept(plan, run):
                begin(pause=lambda done: True, plugins=plugins)
            renewed = renew(run, wish.folder, plan, plugins=plugins, progress=progress)
            _tell_classes(run, renewed, progress)
            if not plan.draws:
                return _discovered(run, renewed, started)  # to see classes in pixels is for the drawing
            begin = partial(resume, run)
            progress.begin(SEEING)
        with plan_kept(plan, run):
            plan = _find(run, plan, begin, deadline, plugins=plugins, progress=progress)
        if renewed is None:
            renewed = renew(run, wish.folder, plan, plugins=plugins, progress=progress)
        if plan.draws:
            if not is_early:
                _tell_classes(run, renewed, progress)
            renewed = _draw(run, wish.folder, plan, renewed, plugins=plugins, progress=progress, ends=planned.ends)
    return _discovered(run, renewed, started)


@contextmanager
def _new_run(wish: Wish) -> Iterator[Path]:
    """The folder of a new run; one that has no name of the user's is gone again where nothing came of it."""
    run = new_run_folder(wish.run, stem=wish.folder.resolve().name)
    with given_back(run if wish.run is None else None):
        if run.resolve().is_relative_to(wish.folder.resolve()):
            raise GanlabError(
                f"the run {run} would lie in {wish.folder}, its pictures be taken for more of the images; name a "
                "folder elsewhere with --run"
            )
        yield run


def go_on(
    run: Path,
    *,
    minutes: float | None,
    draw: bool,
    overrides: Sequence[str] = (),
    plugins: Plugins,
    console: Console,
) -> Discovered:
    """Go on with a run of `discover_classes` from wherever it stopped, and renew its table and its report.

    Args:
        minutes: time for all of it; None takes the steps that were planned, however long they take.
        draw: whether to draw; else only what is left of finding classes is done.
        overrides: where the run's files lie by now, as `--set` takes it: `dataset.root=FOLDER`.

    Raises:
        GanlabError: there is no such run, or its images are no longer what they were.
        Interrupted: as `discover_classes`.
    """
    plan, started = read_plan(run), time.perf_counter()
    relocate(run, overrides, plugins=plugins)
    ends = math.inf if minutes is None else started + 60 * minutes
    with _way(run, console, seconds=60 * (minutes or 0.0)) as progress:
        folder = _folder(run, plan, plugins)
        has_classes = read_found(run) is not None
        is_found = has_classes and load_run(run, plugins=plugins).number >= plan.found_at
        draw = draw and (plan.draws or has_classes or minutes is not None)
        renewed = None
        progress.plan(_renewing(_RENEWAL))
        if not is_found:
            finding = plan.seconds_to_find * plan.found_at
            progress.plan(_stages(plan, finding=finding, renewal=_RENEWAL, draws=draw, is_early=False))
            progress.begin(CLASSES)
            plan = _find(run, plan, partial(resume, run), Deadline(ends - _RENEWAL), plugins=plugins, progress=progress)
            renewed = renew(run, folder, plan, plugins=plugins, progress=progress)
        if draw:
            if renewed is not None:
                _tell_classes(run, renewed, progress)
            plan = _longer(run, plan, seconds=ends - time.perf_counter(), plugins=plugins)
            renewed = _draw(run, folder, plan, renewed, plugins=plugins, progress=progress, ends=ends)
        if renewed is None:
            renewed = renew(run, folder, plan, plugins=plugins, progress=progress)
    return _discovered(run, renewed, started)


def _find(
    run: Path,
    plan: Plan,
    begin: Callable[..., object],
    deadline: Deadline,
    *,
    plugins: Plugins,
    progress: Progress,
) -> Plan:
    """Take the steps that find classes; where the time is over before, settle them by what was learned until then.

    Args:
        begin: `train` or `resume` of the run.

    Returns:
        The plan, or the one that became of it.
    """
    is_found, fewest = _until(plan.found_at, progress), Usual(plan.usual, 0).fewest_to_find

    def pause(done: int) -> bool:
        return is_found(done) or (fewest <= done < plan.discovery and deadline(done))

    begin(pause=pause, plugins=plugins)
    if deadline.ended_at is None:
        return plan
    changes = cut_values(load_run_recipe(RunFolder(run), plugins=plugins), deadline.ended_at)
    plan = plan.cut(changes["losses.adversarial.starts"])
    progress.say(f"given up      {plan.given_up[-1]}")
    changes |= {"steps": plan.steps}
    overrides = [f"{key}={value}" for key, value in changes.items()]
    resume(
        run,
        overrides=overrides,
        unused=list(changes),
        pause=_until(plan.found_at, progress),
        observers=[PlanWriter(plan)],  # together with the recipe, whatever stops it later
        plugins=plugins,
    )
    return plan


def _draw(
    run: Path,
    folder: Path,
    plan: Plan,
    renewed: Renewed | None,
    *,
    plugins: Plugins,
    progress: Progress,
    ends: float,
) -> Renewed:
    """Take the steps that draw, as many as there is time for, and renew what was written."""
    taken = load_run(run, plugins=plugins).number
    renewal = _RENEWAL if renewed is None else _LATE * renewed.seconds
    deadline = Deadline(ends - renewal - plan.seconds_to_end)
    if taken >= plan.steps:
        progress.say(f"drawn         all {plan.steps} steps were taken before; for more: --minutes M")
    elif not deadline.is_over:
        seconds = min(plan.seconds_to_draw * (plan.steps - taken), deadline.left) + plan.seconds_to_end
        progress.plan([Stage(DRAWING, seconds), *_renewing(renewal)])
        progress.begin(DRAWING)
        watch = _until(plan.steps, progress, deadline)
        resume(run, steps=plan.steps, is_over=lambda done: watch(done) or deadline(done), plugins=plugins)
        taken = deadline.ended_at or plan.steps
    if taken < plan.steps:
        progress.say(f"time is over  after {taken} of {plan.steps} steps; for the others: {resume_command(run)}")
    return renew(run, folder, plan, plugins=plugins, progress=progress)


def _longer(run: Path, plan: Plan, *, seconds: float, plugins: Plugins) -> Plan:
    """The plan with all the steps to draw that fit into what is left, where there is an end to that."""
    if math.isinf(seconds):
        return plan
    taken = load_run(run, plugins=plugins).number
    fitting = taken + int((seconds - 2 * _RENEWAL) / plan.seconds_to_draw)
    plan = replace(plan, steps=max(plan.steps, fitting), draws=True)
    write_plan(plan, run)
    return plan


@contextmanager
def _way(run: Path, console: Console, *, seconds: float) -> Iterator[Progress]:
    """Inside, progress is shown, and a signal that stops it says what is there and how to go on."""
    try:
        with raised_stops(), Progress(console, seconds=seconds) as progress:
            yield progress
    except Interrupted as stop:
        raise Interrupted(stop.number, way_on=_way_on(run)) from None


def _way_on(run: Path) -> str:
    """What a run that was stopped has by then."""
    if not has_plan(run):
        return "nothing was kept"
    go_on_with, files = f"go on with: {resume_command(run)}", RunFolder(run)
    there = [file.name for file in (files.assignments, files.report) if file.is_file()]
    if not there:
        return go_on_with
    return f"the classes are found, and lie in {run}: {', '.join(there)}; {go_on_with}"


def _until(last: int, progress: Progress, deadline: Deadline | None = None) -> Callable[[int], bool]:
    """Whether so many steps are done; tells how far they are, or the time for them, from the first one asked of."""
    first: list[int] = []

    def is_there(done: int) -> bool:
        first.append(done - 1)
        taken = (done - first[0]) / max(last - first[0], 1)
        progress.reach(min(max(taken, deadline.gone if deadline is not None else 0.0), 1.0))
        del first[1:]
        return done >= last

    return is_there


def _stages(plan: Plan, *, finding: float, renewal: float, draws: bool, is_early: bool) -> Sequence[Stage]:
    """What is to come; early classes are told before the steps that only drawing needs."""
    found = [Stage(CLASSES, 0.0 if is_early else finding), *_renewing(renewal)]
    if not draws:
        return found
    if is_early:
        found.append(Stage(SEEING, finding))
    drawing = plan.seconds_to_draw * (plan.steps - plan.found_at) + plan.seconds_to_end
    return [*found, Stage(DRAWING, drawing), *_renewing(renewal)]


def _renewing(seconds: float) -> Sequence[Stage]:
    return [Stage(ASSIGNING, seconds / 2), Stage(REPORT, seconds / 2)]


def _tell_classes(run: Path, renewed: Renewed, progress: Progress) -> None:
    progress.say(f"found         {renewed.found.sentence}")
    progress.say(f"              {renewed.assignments.table} and {renewed.report} are there")


def _folder(run: Path, plan: Plan, plugins: Plugins) -> Path:
    """The images' folder as the user named it, or where the recipe says that it lies, if that is another place now.

    Raises:
        GanlabError: it is no longer there.
    """
    root = Path(load_run_recipe(RunFolder(run), plugins=plugins).dataset.arguments["root"])
    named = Path(plan.folder)
    folder = named if named.resolve() == root.resolve() else root
    if not folder.is_dir():
        raise GanlabError(
            f"the images of {run} were in '{folder}', which is no folder now; put them back, or say where they are: "
            "--set dataset.root=FOLDER"
        )
    return folder


def _discovered(run: Path, renewed: Renewed, started: float) -> Discovered:
    return Discovered(
        run=run,
        report=renewed.report,
        assignments=renewed.assignments,
        found=renewed.found,
        resume=resume_command(run),
        repeat=shell_command("ganlab", "train", RunFolder(run).recipe, "--run", Path(f"{run}-again")),
        seconds=time.perf_counter() - started,
    )
