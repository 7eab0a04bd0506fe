"""`ganlab discover`, the whole way: classes first, pictures after, and from wherever it was stopped."""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ganlab_core import load_plugins, load_recipe, read_found
from ganlab_core.system.signals import Interrupted
from ganlab_core.testing.fixtures import Ganlab
from ganlab_elastic.discover.record import read_plan
from ganlab_elastic.discover.schedule import Pace, Schedule
from tests.elastic.test_discover import digit_folder

PACE = Pace(discovery=0.01, generation=0.01, start=0.1, end=0.1)
OPTIONS = ("--classes", 4, "--seed", 1, "--set", "losses.discovery.batch_size=8", "--set", "batch_size=8")
DISCOVER = ("discover", "photos", *OPTIONS)
NAMES = [f"photos/{index:05d}.png" for index in range(110)]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Callable[[Schedule], None]:
    """Four steps that find classes, and two that draw, without a trial; or another schedule."""

    def take(schedule: Schedule) -> None:
        def fitting(pace: Pace, *, draw: bool, **others: object) -> Schedule:
            return replace(schedule, draws=draw)

        monkeypatch.setattr("ganlab_elastic.discover.planning.fitting_schedule", fitting)

    monkeypatch.setattr("ganlab_elastic.discover.planning.measure_pace", lambda recipe, plugins, seconds: PACE)
    monkeypatch.setattr("ganlab_elastic.discover.planning.smaller", lambda choices, keep_size: None)
    take(Schedule(4, 7))
    return take


def weights(run: str) -> dict[str, torch.Tensor]:
    newest = max(Path(run, "checkpoints").glob("0*"))
    return load_file(newest / "weights.safetensors")


def same(run: str, other: str) -> bool:
    one, two = weights(run), weights(other)
    return one.keys() == two.keys() and all(torch.equal(value, two[name]) for name, value in one.items())


def table(run: str) -> list[dict[str, str]]:
    with Path(run, "assignments.csv").open(newline="") as rows:
        return list(csv.DictReader(rows))


def steps_of(run: str) -> int:
    return int(max(Path(run, "checkpoints").glob("0*")).name)


def test_the_whole_way_from_a_folder_to_classes(ganlab: Ganlab) -> None:
    digit_folder(Path("photos"))
    outcome = ganlab(*DISCOVER, "--run", "run", "--json")
    assert outcome.code == 0, outcome.err
    for line in (
        "images        110 in photos, grey, all 8 x 8",
        "chosen        8 x 8 grey",
        "looks at      the pixels",
    ):
        assert line in outcome.err
    stages = [line[:15].strip() for line in outcome.err.splitlines() if line.endswith("left for all")]
    renewed = ["assigning", "report"]
    assert stages == ["looking", "trial", "finding classes", *renewed, "drawing", *renewed]
    said = json.loads(outcome.out)
    assert sum(said["assignments"]["counts"]) == said["assignments"]["images"] == 110
    assert len(said["assignments"]["counts"]) == 4
    assert [row["path"] for row in table("run")] == NAMES
    assert "<html" in Path(said["report"]).read_text(encoding="utf-8")
    assert said["resume"] == "ganlab discover --resume run"
    assert said["found"]["drawn"]
    assert said["found"]["sentence"]
    assert steps_of("run") == 7

    assert ganlab("validate", *shlex.split(said["repeat"])[2:3]).out == "the recipe is valid\n"
    taken = ganlab("discover", "photos", "--run", "run")
    assert taken.code == 1
    assert "run already holds a run" in taken.err


def test_table_report_and_sentence_are_there_before_drawing_begins(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def look(run: Path, **_: object) -> None:
        seen.append((read_found(run), len(table(str(run))), Path(run, "report.html").is_file(), steps_of(str(run))))
        raise Interrupted(signal.SIGTERM, folder=run)

    monkeypatch.setattr("ganlab_elastic.discover.discover.resume", look)
    digit_folder(Path("my photos"))
    outcome = ganlab("discover", "my photos", *OPTIONS, "--run", "my run")
    assert outcome.code == 143
    assert outcome.err == (
        "stopped by SIGTERM; the classes are found, and lie in my run: assignments.csv, report.html; "
        "go on with: ganlab discover --resume 'my run'\n"
    )
    ((found, rows, has_report, steps),) = seen
    assert (rows, has_report, steps) == (110, True, 5)
    assert not found.drawn
    assert "2 of 2 steps that draw the classes" in found.given_up[-1]
    assert f"found         {found.sentence}" in outcome.out


def test_no_draw_ends_with_the_classes_and_may_be_drawn_later_to_the_same_bits(ganlab: Ganlab) -> None:
    digit_folder(Path("photos"))
    assert ganlab(*DISCOVER, "--run", "whole").code == 0
    outcome = ganlab(*DISCOVER, "--run", "parts", "--no-draw")
    assert outcome.code == 0, outcome.err
    assert steps_of("parts") == 5
    found = read_found(Path("parts"))
    assert found is not None
    assert not found.drawn
    first = table("parts")
    assert [row["path"] for row in first] == NAMES

    resumed = ganlab("discover", "--resume", "parts", "--json")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["found"]["drawn"]
    assert steps_of("parts") == 7
    assert same("parts", "whole")
    assert table("parts") == table("whole")


def test_a_run_that_is_resumed_where_all_is_done_is_renewed_and_may_be_drawn_for_longer(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    digit_folder(Path("photos"))
    assert ganlab(*DISCOVER, "--run", "run").code == 0
    for name in ("assignments.csv", "report.html"):
        Path("run", name).unlink()
    again = ganlab("discover", "--resume", "run")
    assert again.code == 0, again.err
    assert "drawn         all 7 steps were taken before; for more: --minutes M" in again.out
    assert len(table("run")) == 110
    assert Path("run/report.html").is_file()

    monkeypatch.setattr("ganlab_elastic.discover.discover._RENEWAL", 0.1)
    longer = ganlab("discover", "--resume", "run", "--minutes", 0.05)
    assert longer.code == 0, longer.err
    assert read_plan(Path("run")).steps > 7
    assert steps_of("run") > 7


def _stopping(steps: int) -> Callable[..., Callable[[int], bool]]:
    def until(last: int, progress: object, deadline: object = None) -> Callable[[int], bool]:
        def is_there(done: int) -> bool:
            if done == steps:
                signal.raise_signal(signal.SIGTERM)
            return done >= last

        return is_there

    return until


@pytest.mark.parametrize("steps", [2, 5, 6])
def test_a_run_goes_on_from_wherever_a_signal_stopped_it_to_the_same_bits(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    digit_folder(Path("photos"))
    assert ganlab(*DISCOVER, "--run", "whole").code == 0
    with monkeypatch.context() as patch:
        patch.setattr("ganlab_elastic.discover.discover._until", _stopping(steps))
        outcome = ganlab(*DISCOVER, "--run", "parts")
    assert outcome.code == 143
    assert outcome.err.endswith("go on with: ganlab discover --resume parts\n")
    assert ("the classes are found" in outcome.err) == Path("parts/found.json").is_file() == (steps == 6)
    assert steps_of("parts") == steps
    resumed = ganlab("discover", "--resume", "parts")
    assert resumed.code == 0, resumed.err
    assert same("parts", "whole")
    assert table("parts") == table("whole")
    found, other = read_found(Path("parts")), read_found(Path("whole"))
    assert found is not None
    assert other is not None
    assert replace(found, given_up=()) == replace(other, given_up=())


def test_a_run_whose_images_were_moved_says_so_and_goes_on_where_its_recipe_says_that_they_are(ganlab: Ganlab) -> None:
    digit_folder(Path("photos"))
    assert ganlab(*DISCOVER, "--run", "run", "--no-draw").code == 0
    Path("photos").rename("moved")
    lost = ganlab("discover", "--resume", "run")
    assert lost.code == 1
    assert "the images of run were in 'photos', which is no folder now" in lost.err
    recipe = Path("run/recipe.yaml")
    recipe.write_text(recipe.read_text().replace(str(Path("photos").resolve()), str(Path("moved").resolve())))
    resumed = ganlab("discover", "--resume", "run")
    assert resumed.code == 0, resumed.err
    assert table("run")[0]["path"].startswith(str(Path("moved").resolve()))


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_draws_has_a_whole_table_and_report(
    ganlab: Ganlab, short: Callable[[Schedule], None], tmp_path: Path
) -> None:
    digit_folder(Path("photos"))
    program = """
import sys
from ganlab_elastic.discover import discover, planning
from ganlab_elastic.discover.schedule import Pace, Schedule
planning.measure_pace = lambda recipe, plugins, seconds: Pace(0.01, 0.01, 0.1, 0.1)
planning.fitting_schedule = lambda pace, **others: Schedule(4, 100_000)
from ganlab_core.verbs.main import main
main()
"""
    command = [sys.executable, "-c", program, *map(str, DISCOVER), "--run", "run", "--set", "checkpoint.every=5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=os.environ)
    try:
        waited = time.monotonic() + 300
        while not Path("run/checkpoints/00000010").is_dir() and process.poll() is None and time.monotonic() < waited:
            time.sleep(0.05)
    finally:
        process.kill()
        _, errors = process.communicate()
    assert steps_of("run") >= 10, errors.decode()
    assert [row["path"] for row in table("run")] == NAMES
    assert Path("run/report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    found = read_found(Path("run"))
    assert found is not None
    assert not found.drawn
    plan = json.loads(Path("run/discover.json").read_text())
    steps = steps_of("run") + 2
    Path("run/discover.json").write_text(json.dumps(plan | {"steps": steps}))
    resumed = ganlab("discover", "--resume", "run")
    assert resumed.code == 0, resumed.err
    assert steps_of("run") == steps


def test_a_machine_that_became_slow_ends_in_time_and_says_how_to_take_the_other_steps(
    ganlab: Ganlab, short: Callable[[Schedule], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Over:
        ended_at: int | None = None
        is_over = False
        gone, left = 0.0, 1.0

        def __init__(self, at: float) -> None:
            pass

        def __call__(self, done: int) -> bool:
            self.ended_at = done
            return True

    digit_folder(Path("photos"))
    with monkeypatch.context() as patch:
        patch.setattr("ganlab_elastic.discover.discover.Deadline", Over)
        outcome = ganlab(*DISCOVER, "--run", "run")
    assert outcome.code == 0, outcome.err
    assert "time is over  after 6 of 7 steps" in outcome.out
    assert "for the others: ganlab discover --resume run" in outcome.out
    assert load_recipe(Path("run/recipe.yaml"), plugins=load_plugins()).steps == 6
    assert ganlab("discover", "--resume", "run").code == 0
    assert steps_of("run") == 7


def test_where_the_time_is_over_before_classes_are_found_they_are_settled_by_what_was_learned(
    ganlab: Ganlab, short: Callable[[Schedule], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    digit_folder(Path("photos"))
    short(Schedule(2, 5))
    assert ganlab(*DISCOVER, "--run", "planned").code == 0
    short(Schedule(40, 43))
    monkeypatch.setattr("ganlab_elastic.discover.schedule.Usual.fewest_to_find", 2)
    with monkeypatch.context() as patch:
        patch.setattr("ganlab_elastic.discover.discover._LATE", 1e6)
        outcome = ganlab(*DISCOVER, "--run", "cut")
    assert outcome.code == 0, outcome.err
    assert (
        "40 steps to find classes, which were slower than in the trial, for 2; to have them: more --minutes"
        in outcome.out
    )
    assert (steps_of("cut"), read_plan(Path("cut")).steps) == (3, 5)
    found = read_found(Path("cut"))
    assert found is not None
    assert not found.well_separated
    assert ganlab("discover", "--resume", "cut").code == 0
    assert same("cut", "planned")


def test_a_signal_after_the_time_was_over_finds_the_plan_and_the_recipe_of_one_schedule(
    ganlab: Ganlab, short: Callable[[Schedule], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(last: int, progress: object, deadline: object = None) -> Callable[[int], bool]:
        def is_there(done: int) -> bool:
            if last == 3:
                signal.raise_signal(signal.SIGTERM)
            return done >= last

        return is_there

    digit_folder(Path("photos"))
    short(Schedule(40, 43))
    monkeypatch.setattr("ganlab_elastic.discover.schedule.Usual.fewest_to_find", 2)
    with monkeypatch.context() as patch:
        patch.setattr("ganlab_elastic.discover.discover._LATE", 1e6)
        patch.setattr("ganlab_elastic.discover.discover._until", stopped)
        assert ganlab(*DISCOVER, "--run", "cut").code == 143
    plan = read_plan(Path("cut"))
    assert (plan.found_at, plan.steps) == (3, 5)
    assert load_recipe(Path("cut/recipe.yaml"), plugins=load_plugins()).steps == 5


def test_where_no_time_is_left_to_draw_none_of_it_is_begun(ganlab: Ganlab) -> None:
    digit_folder(Path("photos"))
    outcome = ganlab(*DISCOVER, "--run", "run", "--minutes", 0.001)
    assert outcome.code == 0, outcome.err
    assert "time is over  after 5 of 7 steps" in outcome.out
    assert steps_of("run") == 5


@pytest.mark.parametrize("phase", ["survey_folder", "choose_features", "measure_pace"])
def test_a_signal_before_there_is_a_run_leaves_nothing(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    def stopped(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(f"ganlab_elastic.discover.planning.{phase}", stopped)
    digit_folder(Path("photos"))
    outcome = ganlab("discover", "photos", "--run", "run")
    assert (outcome.code, outcome.err) == (143, "stopped by SIGTERM; nothing was kept\n")
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("ganlab_core.training.loop.watched", ""),
        ("ganlab_elastic.discover.renewal.assign_folder", ""),
        ("ganlab_elastic.discover.renewal.write_found", "the classes are found, and lie in run: assignments.csv; "),
        ("ganlab_elastic.discover.renewal.write_report", "the classes are found, and lie in run: assignments.csv; "),
    ],
)
def test_after_a_signal_the_named_command_gives_table_and_report(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch, place: str, said: str
) -> None:
    def stopped(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    digit_folder(Path("photos"))
    with monkeypatch.context() as patch:
        patch.setattr(place, stopped)
        outcome = ganlab(*DISCOVER, "--run", "run", "--no-draw")
    assert (outcome.code, outcome.err) == (130, f"stopped by SIGINT; {said}go on with: ganlab discover --resume run\n")
    resumed = ganlab("discover", "--resume", "run", "--no-draw")
    assert resumed.code == 0, resumed.err
    assert [row["path"] for row in table("run")] == NAMES
    assert Path("run/report.html").is_file()


def test_a_signal_while_a_finished_run_is_renewed_leaves_what_was_there(
    ganlab: Ganlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGHUP)

    digit_folder(Path("photos"))
    assert ganlab(*DISCOVER, "--run", "run", "--no-draw").code == 0
    before = table("run")
    monkeypatch.setattr("ganlab_elastic.discover.renewal.assign_folder", stopped)
    outcome = ganlab("discover", "--resume", "run", "--no-draw")
    assert (outcome.code, outcome.err) == (
        129,
        "stopped by SIGHUP; the classes are found, and lie in run: assignments.csv, report.html; "
        "go on with: ganlab discover --resume run\n",
    )
    assert table("run") == before


@pytest.mark.parametrize("override", ["steps=3", "+steps=3", "~steps"])
def test_steps_are_planned_and_not_set(ganlab: Ganlab, override: str) -> None:
    Path("photos").mkdir()
    outcome = ganlab("discover", "photos", "--set", override)
    assert (outcome.code, outcome.err) == (
        1,
        f"error: --set {override}: the steps are planned by the time that there is; give --minutes\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a FOLDER of images, or a run to go on with: --resume RUN"),
        (("photos", "--resume", "run"), "--resume takes the run's own images and recipe; drop FOLDER 'photos'"),
        (("--resume", "run", "--seed", 0, "--set", "a=1"), "own images and recipe; drop --seed"),
        (("--resume", "run", "--classes", 3, "--flip"), "own images and recipe; drop --classes, --flip"),
    ],
)
def test_either_a_folder_or_a_run_is_given(ganlab: Ganlab, arguments: tuple[object, ...], message: str) -> None:
    outcome = ganlab("discover", *arguments)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_run_of_another_verb_or_none_is_told_apart(ganlab: Ganlab) -> None:
    nothing = ganlab("discover", "--resume", "nowhere")
    assert nothing.err == "error: nowhere holds no run; name a folder that `ganlab discover` made\n"
    Path("my run").mkdir()
    Path("my run/recipe.yaml").touch()
    other = ganlab("discover", "--resume", "my run")
    assert "my run is no run of `ganlab discover` (there is no discover.json)" in other.err
    assert "`ganlab train --resume 'my run'`" in other.err
