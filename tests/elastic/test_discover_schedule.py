"""How `ganlab discover` spends its time: what a trial measures, what fits, and what is given up where it is short."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import Tensor

from ganlab_core import load_plugins, load_recipe
from ganlab_core.training.step import TrainState, train_step
from ganlab_elastic.discover.choices import Choices, choose, recipe_values, smaller
from ganlab_elastic.discover.schedule import (
    IN_FEATURES,
    IN_PHOTOGRAPHS,
    IN_PIXELS,
    TRIAL,
    Deadline,
    Pace,
    Schedule,
    fewest_seconds,
    fitting_schedule,
    scaled,
)
from ganlab_elastic.discover.survey import survey_folder
from ganlab_elastic.discover.trial import measure_pace, pace_of
from tests.elastic.test_discover import coloured, digit_folder

PACE = Pace(discovery=0.05, generation=0.03, start=5.0, end=10.0)


def fitted(seconds: float, *, draw: bool = True, pace: Pace = PACE) -> Schedule:
    schedule = fitting_schedule(pace, seconds=seconds, draw=draw)
    assert schedule is not None
    return schedule


def test_the_schedule_fills_the_time_with_both_phases_scaled_alike() -> None:
    schedule = fitted(200.0)
    took = schedule.discovery * 0.05 + (schedule.steps - schedule.discovery) * 0.03 + 20.0
    assert 190.0 <= took <= 200.0
    assert schedule.steps / schedule.discovery == pytest.approx(3.5, abs=0.01)
    assert fitted(1e6) == scaled(4.0)


def test_where_time_is_short_the_drawing_is_shortened_first() -> None:
    schedule = fitted(20.0 + (40.0 + 36.0) / 0.95)
    assert (schedule.discovery, schedule.draws) == (800, True)
    assert schedule.steps - 800 == pytest.approx(1200, abs=1)


def test_then_it_is_left_out_and_all_of_the_time_is_for_classes() -> None:
    schedule = fitted(20.0 + (40.0 + 0.39 * 60.0) / 0.95)
    assert not schedule.draws
    assert schedule.discovery > 800
    assert schedule.steps == schedule.discovery + 2000


def test_then_fewer_steps_find_classes_down_to_an_eighth() -> None:
    assert fitted(5.0 + 20.0 / 0.95).discovery == pytest.approx(400, abs=1)
    fewest = fewest_seconds(PACE, IN_PIXELS, draw=None)
    assert fitted(fewest + 0.01).discovery == 100
    assert fitting_schedule(PACE, seconds=fewest - 0.01) is None


def test_a_run_that_is_not_to_be_drawn_has_all_of_the_time_for_classes() -> None:
    assert fitted(5.0 + 80.0 / 0.95, draw=False).discovery == pytest.approx(1600, abs=1)
    assert not fitted(1e6, draw=False).draws


def test_in_features_fewer_steps_are_usual() -> None:
    schedule = fitting_schedule(PACE, seconds=20.0 + (20.0 + 60.0) / 0.94, usual=IN_FEATURES)
    assert schedule is not None
    assert schedule.draws
    assert schedule.discovery == pytest.approx(400, rel=0.05)
    alone = fitting_schedule(PACE, seconds=1e6, usual=IN_FEATURES, draw=False)
    assert alone is not None
    assert alone.discovery == 400  # what is learned beyond serves only what is drawn


def test_ten_minutes_are_enough_on_slow_cores() -> None:
    """A second a step, as for coloured images on two slow cores; half a minute for what is no step."""
    schedule = fitted(500.0, pace=Pace(discovery=1.0, generation=1.0, start=20.0, end=30.0))
    assert (schedule.discovery, schedule.draws) == (456, False)


def test_classes_are_settled_in_the_first_step_that_draws() -> None:
    assert Schedule(discovery=800, steps=2800).found_at == 801


def test_what_makes_steps_faster_is_smaller_images_then_narrower_networks() -> None:
    choices: Choices | None = choose(
        coloured([(300, 300)] * 200),
        classes=None,
        size=None,
        flip=False,
        seed=0,
        on_gpu=True,
        features="efficientnet-lite0",
    )
    found = []
    while choices is not None:
        found.append((choices.size, choices.width))
        choices = smaller(choices, keep_size=False)
    assert found == [(64, 64), (32, 64), (32, 32), (32, 16)]


def test_a_size_that_was_asked_for_stays() -> None:
    choices = choose(coloured([(300, 300)] * 200), classes=None, size=64, flip=False, seed=0, on_gpu=False)
    less = smaller(choices, keep_size=True)
    assert less is not None
    assert (less.size, less.width) == (64, 16)


def test_a_trial_that_was_not_ended_early_times_both_phases() -> None:
    times = [10.0 + step for step in range(TRIAL.discovery)]  # the first step took what comes before it, too
    times += [times[-1] + 5.0 + 0.5 * step for step in range(TRIAL.steps - TRIAL.discovery - 1)]
    pace = pace_of(3.0, times)
    assert (pace.discovery, pace.generation) == (1.0, 0.5)
    assert pace.start == pytest.approx(10.0 - 3.0 - 1.0 + 5.0 - 0.5)
    assert pace.end == 100.0  # of a last evaluation, which a trial does not come to


def test_a_step_that_finds_the_classes_belongs_to_the_rest() -> None:
    steps = [1.0] * (TRIAL.steps - 2)
    steps[7] = 9.0
    pace = pace_of(0.0, [5.0, *(5.0 + sum(steps[: index + 1]) for index in range(len(steps)))])
    assert (pace.discovery, pace.start) == (1.0, 4.0 + 8.0)


def test_what_a_trial_did_not_come_to_is_supposed_to_take_as_long() -> None:
    pace = pace_of(3.0, [10.0, 12.0, 14.0])
    assert (pace.discovery, pace.generation) == (2.0, 2.0)
    assert pace.start == 5.0


def test_a_deadline_says_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    deadline = Deadline(at=20.0)
    assert not deadline(1500)
    assert (deadline.is_over, deadline.ended_at) == (False, None)
    now[0] = 21.0
    assert deadline(1501)
    assert (deadline.is_over, deadline.ended_at) == (True, 1501)


def test_a_trial_on_a_slow_machine_ends_after_three_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    step = train_step

    def counted(state: TrainState, number: int, *, norms: bool) -> dict[str, Tensor]:
        steps.append(number)
        return step(state, number, norms=norms)

    monkeypatch.setattr("ganlab_core.training.loop.train_step", counted)
    monkeypatch.chdir(tmp_path)
    plugins = load_plugins()
    survey = survey_folder(digit_folder(tmp_path / "photos"))
    choices = choose(survey, classes=4, size=None, flip=False, seed=0, on_gpu=False)
    recipe = load_recipe(recipe_values(choices, TRIAL), prior="elastic", overrides=["batch_size=8"], plugins=plugins)
    pace = measure_pace(recipe, plugins, seconds=0.0)
    assert steps == [0, 1, 2]
    assert 0 < pace.discovery == pace.generation
    assert not list(tmp_path.glob("run*"))


def test_with_features_one_lesson_is_enough_since_the_classes_are_there_before() -> None:
    pace = Pace(discovery=10.0, generation=10.0, start=5.0, end=0.0)
    schedule = fitting_schedule(pace, seconds=16.0, usual=IN_FEATURES)
    assert schedule == Schedule(discovery=1, steps=1 + IN_FEATURES.generation, draws=False)
    assert fitting_schedule(pace, seconds=16.0, usual=IN_PHOTOGRAPHS) is None
    assert fewest_seconds(pace, IN_FEATURES, draw=None) == pytest.approx(5 + 10 / 0.95)
