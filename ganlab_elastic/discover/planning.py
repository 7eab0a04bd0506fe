"""From a wish to the recipe that fits the images, the machine and the time, with what is given up for the time."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab_core import GanlabError, Plugins, Recipe, choose_device, load_recipe, require_fit
from ganlab_elastic.discover.choices import Choices, choose, recipe_values, smaller
from ganlab_elastic.discover.features import Features, choose_features
from ganlab_elastic.discover.from_scratch import are_photographs
from ganlab_elastic.discover.progress import EMBEDDING, LOOKING, TRIAL, Progress
from ganlab_elastic.discover.record import Plan, purpose, resume_command
from ganlab_elastic.discover.schedule import (
    IN_FEATURES,
    IN_PHOTOGRAPHS,
    IN_PIXELS,
    Pace,
    Schedule,
    Usual,
    fewest_seconds,
    fitting_schedule,
)
from ganlab_elastic.discover.schedule import TRIAL as TRIAL_SCHEDULE
from ganlab_elastic.discover.survey import FEWEST, Survey, describe, survey_folder
from ganlab_elastic.discover.trial import SHARE, keep_features, measure_pace
from ganlab_elastic.discover.wish import Wish

_PARTS = Path(__file__).parent.parent / "recipes" / "parts"
_REPORT_SECONDS = 30.0
_LOST_SECONDS, _MOST_APART = 60.0, 500


def require_unplanned(overrides: Sequence[str]) -> None:
    """Refuse changes to what is planned by the time that there is.

    Raises:
        GanlabError: one changes the steps.
    """
    for override in overrides:
        if override.partition("=")[0].strip(" +~") == "steps":
            raise GanlabError(f"--set {override}: the steps are planned by the time that there is; give --minutes")


@dataclass(frozen=True)
class Planned:
    """What to train, how it goes on, and how long its parts are thought to take.

    Attributes:
        renewal: seconds that the table and the report take.
        ends: when all of it must be over, a time of `time.perf_counter`.
    """

    recipe: Recipe
    plan: Plan
    pace: Pace
    renewal: float
    ends: float


def make_plan(wish: Wish, run: Path, *, plugins: Plugins, progress: Progress) -> Planned:
    """Look at the folder, choose, and time a trial; told on the way.

    Raises:
        GanlabError: too few images, unknown features, or not even the fewest steps fit.
        Interrupted: a signal asked to stop.
    """
    started = time.perf_counter()
    _require_recipe(wish, plugins)
    progress.begin(LOOKING)
    survey = survey_folder(wish.folder, megapixels=wish.megapixels, follow_links=wish.follow_links)
    for line in describe(survey):
        progress.say(line)
    features = choose_features(wish.features, survey, plugins)
    # Assigning reads the files as the survey did, and so does the report.
    renewal = time.perf_counter() - started + min(_REPORT_SECONDS, 0.1 * 60 * wish.minutes) / 2
    ends = started + 60 * wish.minutes
    beside = renewal * (2 if features.name is None else 3)
    fitted = _fit(wish, survey, features, ends - beside, plugins=plugins, progress=progress)
    schedule = fitted.schedule
    given_up = _given_up(wish, fitted, beside=time.perf_counter() - started + beside)
    progress.say(_steps(schedule, fitted.pace, features.name))
    for sentence in given_up:
        progress.say(f"given up      {sentence}")
    if wish.draw and not schedule.draws:
        progress.say(f"given up      drawing the classes that are found; for that: {resume_command(run)}")
    plan = Plan(
        folder=str(wish.folder),
        found_at=schedule.found_at,
        steps=schedule.steps,
        seen_at=min(schedule.steps, schedule.found_at + fitted.usual.fewest_to_see),
        draws=schedule.draws,
        seconds_to_find=fitted.pace.discovery,
        seconds_to_draw=fitted.pace.generation,
        usual=fitted.usual.discovery,
        counted=fitted.choices.counted,
        features=features.name,
        other_features=features.other,
        size=fitted.choices.size,
        median_side=survey.median_side,
        given_up=given_up,
        seconds_to_end=max(fitted.pace.end, 0.0),
    )
    return Planned(
        recipe=_loaded(wish, fitted.choices, schedule, plugins, every=_checkpoints(fitted.pace)),
        plan=plan,
        pace=fitted.pace,
        renewal=renewal,
        ends=ends,
    )


def _require_recipe(wish: Wish, plugins: Plugins) -> None:
    """Check before any image is read that some images would give a recipe with what the user asked for.

    Raises:
        GanlabError: neither drawings nor photographs would; what is wrong for photographs.
    """
    for sides, is_last in (((16, 16), False), ((256, 256), True)):
        survey = Survey(folder=wish.folder, sizes=(sides,) * FEWEST, grey=not is_last, unreadable=())
        try:
            features = choose_features(wish.features, survey, plugins)
            require_fit(_loaded(wish, _chosen(wish, survey, features), TRIAL_SCHEDULE, plugins), plugins)
        except GanlabError:
            if is_last:
                raise
        else:
            return


@dataclass(frozen=True)
class _Fitted:
    """The choices that were made at last, and the wish of the images, with what each was timed at."""

    choices: Choices
    pace: Pace
    schedule: Schedule
    usual: Usual
    wished: Choices
    wished_pace: Pace


def _fit(
    wish: Wish, survey: Survey, features: Features, ends: float, *, plugins: Plugins, progress: Progress
) -> _Fitted:
    """Choices and a schedule that fit the time: smaller images first, narrower networks next, then fewer steps."""
    wished = choices = _chosen(wish, survey, features)
    usual = _usual(choices)
    progress.say(choices.describe())
    progress.say(f"looks at      {features.why}")
    if features.name is not None:
        progress.begin(EMBEDDING)
        keep_features(_loaded(wish, choices, TRIAL_SCHEDULE, plugins), plugins)
    progress.begin(TRIAL)
    wished_pace = pace = _timed(wish, choices, plugins)
    while True:
        seconds = ends - time.perf_counter()
        schedule = fitting_schedule(pace, seconds=seconds, usual=usual, draw=wish.draw)
        if schedule is not None and schedule.discovery >= usual.discovery and schedule.draws == wish.draw:
            break
        less = smaller(choices, keep_size=wish.size is not None)
        # Narrower networks find classes no faster.
        if less is None or (less.size == choices.size and fewest_seconds(pace, usual, draw=False) > seconds):
            break
        choices = less
        pace = _timed(wish, choices, plugins)
    if schedule is None:
        needed = fewest_seconds(pace, usual, draw=None) - seconds
        raise GanlabError(
            f"--minutes {wish.minutes:g}: on this machine these images take {_minutes(60 * wish.minutes + needed)} "
            f"minutes for the fewest steps that find anything; give --minutes {_minutes(60 * wish.minutes + needed)}"
            + ("" if wish.size is None else ", or a smaller --size")
        )
    if not schedule.draws and choices.size == wished.size:
        choices, pace = wished, wished_pace  # narrower networks were for the drawing
    return _Fitted(choices, pace, schedule, usual, wished, wished_pace)


def _usual(choices: Choices) -> Usual:
    """How long the phases take where there is time."""
    if choices.features is not None:
        return IN_FEATURES
    return IN_PHOTOGRAPHS if are_photographs(grey=choices.survey.grey, size=choices.size) else IN_PIXELS


def _chosen(wish: Wish, survey: Survey, features: Features) -> Choices:
    return choose(
        survey,
        classes=wish.classes,
        size=wish.size,
        flip=wish.flip,
        seed=wish.seed,
        on_gpu=choose_device("auto").type == "cuda",
        features=features.name,
        fit=wish.fit,
    )


def _timed(wish: Wish, choices: Choices, plugins: Plugins) -> Pace:
    recipe = _loaded(wish, choices, TRIAL_SCHEDULE, plugins)
    return measure_pace(recipe, plugins, seconds=60 * wish.minutes * SHARE)


def _loaded(wish: Wish, choices: Choices, schedule: Schedule, plugins: Plugins, *, every: int = _MOST_APART) -> Recipe:
    """The recipe, with a checkpoint `every` so many steps."""
    method = _PARTS / ("best.yaml" if choices.features is None else "taught.yaml")
    values = recipe_values(choices, schedule) | {"checkpoint": {"every": every}}
    values["dataset"] |= _asked_of_files(wish)
    return load_recipe(method, values, overrides=wish.overrides, plugins=plugins)


def _asked_of_files(wish: Wish) -> dict[str, Any]:
    """What the user said of reading files, as arguments of `image-folder`."""
    limit = {} if wish.megapixels is None else {"megapixels": wish.megapixels}
    return limit | ({"follow_links": True} if wish.follow_links else {})


def _checkpoints(pace: Pace) -> int:
    """Steps between two checkpoints, so that a process that is killed loses about a minute."""
    return min(max(round(_LOST_SECONDS / max(pace.discovery, pace.generation)), 1), _MOST_APART)


def _steps(schedule: Schedule, pace: Pace, features: str | None) -> str:
    drawing = schedule.steps - schedule.discovery
    later = "then" if schedule.draws else "and, if the run goes on,"
    return (
        f"steps         {schedule.discovery} to {purpose(features)} ({pace.discovery:.3f} s each), {later} "
        f"{drawing} to draw them ({pace.generation:.3f} s each)"
    )


def _given_up(wish: Wish, fitted: _Fitted, *, beside: float) -> tuple[str, ...]:
    """What the time did not suffice for, and how to have it; `beside` are the seconds of all but the run itself."""
    wished, choices, schedule, usual = fitted.wished, fitted.choices, fitted.schedule, fitted.usual
    for_all = _minutes(beside + fewest_seconds(fitted.wished_pace, usual, draw=wish.draw))
    again = f"--minutes {for_all}"
    found = []
    if choices.size < wished.size:
        found.append(f"images of {wished.size} pixels a side, for {choices.size}; to have them: {again}")
    if choices.width < wished.width:
        found.append(f"networks of width {wished.width} to draw, for {choices.width}; to have them: {again}")
    if schedule.discovery < usual.discovery:
        steps = f"{usual.discovery} steps to {purpose(choices.features)}, for {schedule.discovery}"
        found.append(f"{steps}; to have them: {again}")
    return tuple(found)


def _minutes(seconds: float) -> str:
    """Minutes to give, rounded up to a tenth."""
    return f"{math.ceil(seconds / 6) / 10:g}"
