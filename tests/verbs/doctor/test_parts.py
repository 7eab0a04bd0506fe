"""The doctor's judgement on versions, threads, disk space and locks, where the command line cannot set the scene."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ganlab_core.plugins import load_plugins
from ganlab_core.training.run import train
from ganlab_core.verbs.doctor.disk import base_recipe, space
from ganlab_core.verbs.doctor.lock import look_at_lock
from ganlab_core.verbs.doctor.threads import threads
from ganlab_core.verbs.doctor.versions import packages


def installed(name: str) -> str:
    """Versions of an imagined machine."""
    versions = {"torch": "2.4.0", "click": "8.1.7", "numpy": "2.1.0rc1"}
    if name not in versions:
        raise PackageNotFoundError(name)
    return versions[name]


def test_packages_that_are_missing_or_too_old_stop_a_run_and_name_the_way_out() -> None:
    needed = ["torch>=2.6", "click>=8.1", "numpy>=1.26", "rich>=13.7", 'onnx>=1.17; extra == "onnx"']
    found = {finding.name: finding for finding in packages(needed, version_of=installed)}
    assert [finding.state for finding in found.values()] == ["stops", "fine", "fine", "stops"]
    assert found["torch"].text == "2.4.0 does not do, ganlab needs >=2.6"
    assert found["torch"].way_out == "pip install 'torch>=2.6'"
    assert found["rich"].text == "is missing, and ganlab needs rich>=13.7"


def test_more_threads_than_cores_are_worth_a_note() -> None:
    assert [finding.state for finding in threads(4, cores=4, asked=None)] == ["fine"] * 3
    crowded, cores, asked = threads(16, cores=4, asked="16")
    assert (crowded.state, crowded.way_out) == ("note", "export OMP_NUM_THREADS=4")
    assert (cores.value, asked.value) == (4, "16")


@pytest.mark.parametrize(("free", "state"), [(9, "stops"), (10, "note"), (39, "note"), (40, "fine")])
def test_room_for_one_checkpoint_more_than_are_kept_is_wanted(free: int, state: str) -> None:
    assert space(free, place=Path("runs"), checkpoint=10, keep=3).state == state


def test_a_checkpoint_of_the_base_recipe_takes_what_is_said(tmp_path: Path) -> None:
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    recipe, said = base_recipe(plugins)
    run = train(recipe.model_copy(update={"steps": 1, "metrics": {}}), run=tmp_path / "run", plugins=plugins).folder
    taken = sum(path.stat().st_size for path in (run / "checkpoints" / "00000001").iterdir())
    assert said == pytest.approx(taken, rel=0.1)


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a folder's lock until it is killed."""
    script = (
        "import sys, time; from pathlib import Path; from ganlab_core.system.locking import locked\n"
        "with locked(Path(sys.argv[1]), option='--run'): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_lock_is_free_held_or_stale(tmp_path: Path) -> None:
    assert (look_at_lock(tmp_path).state, look_at_lock(tmp_path).text) == ("fine", "free")
    with holding(tmp_path) as process:
        held = look_at_lock(tmp_path)
        assert held.state == "stops"
        assert held.text.startswith(f"held by process {process.pid} on host ")
        process.send_signal(signal.SIGKILL)
        process.wait()
    stale = look_at_lock(tmp_path)
    assert stale.state == "note"
    assert stale.text.startswith(f"stale, left by process {process.pid} on host ")
    with holding(tmp_path):
        assert look_at_lock(tmp_path).state == "stops"  # looking has not kept the next run out


@pytest.mark.parametrize(
    "damage", [b"", b"[]", b"\xff", b'{"process": "\\u001b[2J", "host": "\\u001b[2J"}', b"[" * 9999]
)
def test_a_damaged_or_hostile_note_of_the_holder_names_nobody(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / ".lock.json").write_bytes(damage)
    assert "process unknown on host unknown" in look_at_lock(tmp_path).text
