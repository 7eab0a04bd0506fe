"""Run folders from elsewhere, full disks and memory that gives out: one message, and nothing outside is touched."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Checkpoints
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.atomic import renamed_into_place
from ganlab_core.system.locking import locked
from ganlab_core.system.process_group import ALONE
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.training.observers.metrics_file import MetricsFile
from ganlab_core.training.resources import resource_errors
from ganlab_core.training.run import resume, train
from tests.conftest import BuildSession
from tests.runs.checkpoint_files import make_manifest_fit
from tests.runs.events import started

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run of four steps."""
    tiny["samples"] = {"every": 0, "columns": 3}
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a" * 300, "r\udcff"])
def test_a_run_s_name_that_no_folder_can_have_is_refused(name: str) -> None:
    with pytest.raises(GanlabError, match=r"is not UTF-8 text|holds a NUL|longer than 255 bytes"):
        RunFolder(Path("runs") / name)


@pytest.mark.parametrize("options", [("--run",), ("--resume",), ("--resume", "run", "--fork")])
def test_an_argument_that_no_system_hands_over_is_one_message(ganlab: Ganlab, options: tuple[str, ...]) -> None:
    outcome = ganlab("train", *options, "a\0b")
    assert outcome.code == 1
    assert outcome.err == "error: argument 'a\\x00b' holds what no name or text can hold\n"


@pytest.mark.parametrize("name", ["samples/00000006.png", "checkpoints/00000006", "tensorboard/events"])
def test_a_link_anywhere_in_a_run_is_refused_before_it_is_written_through(
    run: Path, core_plugins: Plugins, tmp_path: Path, name: str
) -> None:
    (tmp_path / "mine").mkdir()
    (run / name).symlink_to(tmp_path / "mine")
    with pytest.raises(GanlabError, match=f"{name} is a link that leads out"):
        resume(run, steps=6, plugins=core_plugins)
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("name", [".lock", ".lock.json"])
def test_a_lock_that_is_a_link_is_not_written_through(tmp_path: Path, name: str) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).symlink_to(tmp_path / "thesis.tex")
    with pytest.raises(GanlabError, match="is a link"), locked(tmp_path / "run", option="--run"):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("garbage", ["", "[1]", '{"process": Infinity}', DEEP], ids=range(4))
def test_a_holder_that_cannot_be_read_is_unknown(tmp_path: Path, garbage: str) -> None:
    with locked(tmp_path, option="--run"):
        (tmp_path / ".lock.json").write_text(garbage)
        with pytest.raises(GanlabError, match="in use by process unknown"), locked(tmp_path, option="--run"):
            pass


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("data.json", DEEP, "data.json is missing or damaged"),
        ("data.json", '{"name": "x", "image_shape": ["a", 2, 3], "class_counts": null}', "missing or damaged"),
        ("rollbacks.json", DEEP, "rollbacks.json is damaged"),
        ("rollbacks.json", '[{"to": 1, "reason": "x", "learning_rate_scale": "y"}]', "rollbacks.json is damaged"),
    ],
)
def test_a_hostile_file_is_named(run: Path, core_plugins: Plugins, name: str, text: str, message: str) -> None:
    (run / name).write_text(text)
    with pytest.raises(GanlabError, match=message):
        resume(run, steps=6, plugins=core_plugins)


def test_optimisers_that_are_a_pickle_are_not_run_and_no_unsafe_way_is_advised(
    run: Path, core_plugins: Plugins
) -> None:
    newest = run / "checkpoints" / "00000004"
    (newest / "optimisers.pt").write_bytes(b"cos\nmkdir\n(Vmarker\ntR.")
    make_manifest_fit(newest)
    with pytest.raises(GanlabError, match="does not fit its recipe") as caught:
        resume(run, steps=6, plugins=core_plugins)
    assert "weights_only" not in str(caught.value)
    assert not Path("marker").exists()


def test_an_infinite_step_in_best_json_is_damage(tmp_path: Path) -> None:
    (tmp_path / "best.json").write_text('{"number": Infinity, "metric": "nmi", "value": 1}')
    with pytest.raises(GanlabError, match=r"best\.json is damaged"):
        BestCheckpoint(tmp_path, Checkpoints(best="nmi")).takes({"nmi": 0.5}, 3)


def test_lines_that_are_none_of_ganlab_s_are_dropped_at_a_resume(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    lines = [b'{"step": 1}', DEEP.encode(), b'"x"', b'{"a": 1}', b"\xff\xfe", b'{"step": {}}', b'{"step": 2}']
    file.write_bytes(b"\n".join(lines) + b"\n")
    MetricsFile(file).ganlab_run_started(started(tmp_path, first_step=2))
    assert [json.loads(line)["step"] for line in file.read_text().splitlines()] == [1, 2]


def test_a_recipe_is_not_lost_to_a_full_disk(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (run / "recipe.yaml").read_text()
    monkeypatch.setattr(
        "ganlab_core.system.atomic.os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(OSError, match="No space left"):
        RunFolder(run).write_recipe("steps: 6\n")
    assert (run / "recipe.yaml").read_text() == before
    assert not list(run.glob(".writing-*"))


def test_a_folder_whose_laying_out_was_cut_off_is_free_and_one_of_the_user_s_is_not(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "samples").mkdir()
    with pytest.raises(GanlabError, match="is not empty and holds no run"):
        folder.require_free("")
    (tmp_path / ".lock").touch()
    folder.require_free("")
    (tmp_path / ".writing-abc").mkdir()  # where the recipe was being written
    folder.require_free("")
    (tmp_path / "samples" / "holiday.png").touch()
    with pytest.raises(GanlabError, match="is not empty and holds no run"):
        folder.require_free("")


def test_who_takes_the_lock_clears_what_killed_writers_left_and_nothing_of_a_living_one(tmp_path: Path) -> None:
    for number, name in enumerate(["metrics.jsonl", "evaluation.json", "report.html"]):
        (tmp_path / f".writing-{number}").mkdir()
        (tmp_path / f".writing-{number}" / name).touch()
    with renamed_into_place(tmp_path / "report.html") as aside:
        aside.touch()
        with RunFolder(tmp_path).locked(ALONE):
            assert list(tmp_path.glob(".writing-*")) == [aside.parent.parent]


def test_memory_that_gives_out_while_a_model_is_built_gives_advice(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate")

    monkeypatch.setattr("ganlab_core.training.session.build_model", greedy)
    with pytest.raises(GanlabError, match=r"out of memory at batch_size 8 .*--set batch_size=4"):
        train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins)


@pytest.mark.parametrize(("number", "way_out"), [(28, "Free some space"), (30, "Mend this")])
def test_what_a_disk_refuses_is_said_with_its_way_out(
    build_session: BuildSession, tmp_path: Path, number: int, way_out: str
) -> None:
    with (
        pytest.raises(GanlabError, match=rf"run cannot be written: .*{way_out}, and go on with"),
        resource_errors(tmp_path / "run", build_session().recipe),
    ):
        raise OSError(number, os.strerror(number))


def test_a_file_of_another_place_is_named_with_what_the_system_says(
    build_session: BuildSession, tmp_path: Path
) -> None:
    with (
        pytest.raises(GanlabError, match=r"^.*faces/1.png: Permission denied; checkpoints are whole"),
        resource_errors(tmp_path / "run", build_session().recipe),
    ):
        raise PermissionError(13, os.strerror(13), str(tmp_path / "faces/1.png"))


def test_a_file_that_cannot_be_closed_does_not_hide_what_ended_the_run(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ganlab_core.training.observers.tensorboard.TensorBoard.close", full)
    monkeypatch.setattr(
        "ganlab_core.training.loop.train_step", lambda *_, **__: (_ for _ in ()).throw(GanlabError("the cause"))
    )
    with pytest.raises(GanlabError, match="the cause"):
        train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins)


def test_global_generators_begin_alike_wherever_a_run_begins(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    states = []
    for name in ("first", "second"):
        train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / name, plugins=core_plugins)
        states.append(json.loads((tmp_path / name / "checkpoints/00000002/state.json").read_text())["random"])
    assert states[0] == states[1]
    assert math.isfinite(states[0]["numpy"][2])


def test_a_second_sigint_ends_a_process_whose_python_does_not_run() -> None:
    code = """
import hashlib
from ganlab_core.system.signals import stop_requests
with stop_requests():
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 500_000_000)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.1)
        assert process.wait(timeout=10) == 130
