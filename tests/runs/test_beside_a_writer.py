"""Who reads a run that is being trained finds a whole checkpoint, or is told that the run is being written to."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import RunFolder, load_run
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.checkpoint import Checkpoint, newest_checkpoint, read_newest
from ganlab_core.runs.checkpoint_files import find_damage
from ganlab_core.system.atomic import remove_whole, renamed_into_place
from ganlab_core.system.locking import locked, look_at_lock
from ganlab_core.training.run import resume, train
from ganlab_core.verbs.doctor.checkpoints import look_at_checkpoints
from tests.runs.checkpoint_files import number_checkpoint


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run of four steps, with the checkpoint of the last one alone."""
    tiny |= {"samples": {"every": 0, "columns": 3}, "checkpoint": {"every": 4, "keep": 1}}
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


class Writer:
    """Replaces a run's only checkpoint by the same of one step more, as a run does that keeps one."""

    def __init__(self, run: Path) -> None:
        self.folder = run / "checkpoints"
        self.number = 4

    def __call__(self) -> None:
        old, self.number = self.folder / f"{self.number:08d}", self.number + 1
        new = self.folder / f"{self.number:08d}"
        with renamed_into_place(new) as aside:
            shutil.copytree(old, aside)
            number_checkpoint(aside, self.number)
        remove_whole(old)

    @contextmanager
    def without_end(self) -> Iterator[None]:
        """Inside, one checkpoint after another is replaced."""
        ended = threading.Event()

        def write() -> None:
            while not ended.wait(0.002):
                self()

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def test_a_checkpoint_that_is_replaced_while_it_is_looked_at_is_not_called_damaged(
    run: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer, calls = Writer(run), []

    def beside(folder: Path) -> str | None:
        calls.append(folder)
        if len(calls) < 5:
            writer()
        return find_damage(folder)

    monkeypatch.setattr("ganlab_core.runs.checkpoint.find_damage", beside)
    found = newest_checkpoint(run / "checkpoints")
    assert found is not None
    assert found.number == 8
    assert caplog.text == ""


def test_a_checkpoint_that_is_replaced_while_its_weights_are_read_is_read_from_the_next(run: Path) -> None:
    writer, seen = Writer(run), []

    def read(checkpoint: Checkpoint) -> bytes:
        seen.append(checkpoint.number)
        if len(seen) < 3:
            writer()
        try:
            return (checkpoint.folder / "weights.safetensors").read_bytes()
        except OSError as error:
            raise GanlabError(str(error)) from error

    assert read_newest(run / "checkpoints", read)
    assert seen == [4, 5, 6]


def test_a_checkpoint_whose_step_was_taken_again_is_read_again(run: Path) -> None:
    folder, seen = run / "checkpoints" / "00000004", []

    def read(checkpoint: Checkpoint) -> int:
        seen.append(checkpoint.number)
        if len(seen) == 1:
            with renamed_into_place(folder, replacing=True) as aside:
                shutil.copytree(folder, aside)
        return os.stat(folder).st_ino

    assert read_newest(run / "checkpoints", read) == os.stat(folder).st_ino
    assert seen == [4, 4]


def test_what_changes_at_every_look_is_said_to_be_written_to_and_not_damaged(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganlab_core.runs.checkpoint._PAUSE", 0.0)
    writer = Writer(run)

    def read(checkpoint: Checkpoint) -> None:
        writer()
        raise GanlabError("it is gone")

    with pytest.raises(GanlabError, match=r"checkpoints is being written to, .*try again, or wait") as caught:
        read_newest(run / "checkpoints", read)
    assert "damaged" not in str(caught.value)


def test_what_is_wrong_with_a_checkpoint_that_stays_is_said_at_once(run: Path) -> None:
    seen = []

    def read(checkpoint: Checkpoint) -> None:
        seen.append(checkpoint)
        raise GanlabError("it does not fit")

    with pytest.raises(GanlabError, match="it does not fit"):
        read_newest(run / "checkpoints", read)
    assert len(seen) == 1


READERS: dict[str, Callable[[Path, Plugins], object]] = {
    "a verb that draws": lambda run, plugins: load_run(run, plugins=plugins).sample(2),
    "a fork": lambda run, plugins: fork(run, plugins),
    "doctor": lambda run, plugins: examined(run),
}


def fork(run: Path, plugins: Plugins) -> None:
    steps = int(max(path.name for path in (run / "checkpoints").glob("0*"))) + 1000
    target = run.with_name("fork")
    shutil.rmtree(target, ignore_errors=True)
    resume(run, steps=steps, fork=target, is_over=lambda done: True, plugins=plugins)


def examined(run: Path) -> None:
    found = look_at_checkpoints(run / "checkpoints")
    assert any(finding.value["whole"] for finding in found)
    assert all("damaged" not in finding.text for finding in found)


@pytest.mark.parametrize("name", READERS)
def test_every_reader_answers_beside_a_writer(run: Path, core_plugins: Plugins, name: str) -> None:
    with Writer(run).without_end():
        for _ in range(3):
            READERS[name](run, core_plugins)


def test_a_folder_is_never_removed_by_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, seen = tmp_path / "00000001", []
    folder.mkdir()
    (folder / "a").touch()
    unlink = os.unlink

    def watched(*arguments: Any, **options: Any) -> None:
        seen.append(folder.exists())
        unlink(*arguments, **options)

    monkeypatch.setattr(os, "unlink", watched)
    remove_whole(folder)
    assert seen
    assert not any(seen)
    assert list(tmp_path.iterdir()) == []


def test_looking_at_a_lock_keeps_no_run_from_starting(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            assert look_at_lock(tmp_path).state in ("free", "held", "stale")

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(200):
            with locked(tmp_path, option="--run"):
                pass
    finally:
        ended.set()
        for looker in lookers:
            looker.join()


def test_the_grid_of_the_last_step_is_named_however_many_digits_steps_have(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.samples.mkdir()
    assert folder.newest_grid() is None
    for name in ("99999999.png", "100000000.png", "100000000-style.png", "mine.png"):
        (folder.samples / name).touch()
    assert folder.newest_grid() == folder.samples / "100000000.png"
