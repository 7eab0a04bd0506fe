"""Row 23: signals to verbs that write, and a run whose progress nobody reads any more or whose terminal is closed."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ganlab_core.image_files.write import save_png
from ganlab_core.stock.datasets.digits import digits
from tests.faults.harness import RECIPE, Bench, ganlab, logged_steps, start, wait_until

_STOPS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_CODED: dict[str, Any] = RECIPE | {
    "audit": {"allow": ["recognition"]},
    "steps": 2,
    "prior": RECIPE["prior"] | {"code": {"use": "categorical", "classes": 3}},
    "networks": RECIPE["networks"] | {"recognition": {"use": "recognition", "hidden": 6}},
}
_WRITERS = (
    ("sample", "run", "--count", 5, "--out", "new/drawn"),
    ("sample", "run", "--count", 5, "--grid", "new/grid.png"),
    ("traverse", "run", "--out", "new/grid.png"),
    ("assign", "run", "new-photos", "--out", "new/codes.csv", "--sort-into", "new/sorted"),
    ("balance", "run", "new-photos", "--out", "new/balanced"),
    ("report", "run", "--out", "new/report.html"),
    ("export", "run", "--out", "new/exported"),
    ("train", "tiny.yaml", "--run", "new/run", "--or-resume"),
)
_PLACES = (1, 2, 4, 6, 12, 24)
_NOHUP = ("nohup", sys.executable, "-m", "ganlab_core")


def leaving(bench: Bench) -> None:
    """A verb that is stopped leaves nothing of its own, a run goes on unread, and is saved where it is stopped."""
    _stopped_writers(bench)
    _without_reader(bench)
    _closed_terminals(bench)
    _ignored(bench)
    _stopped_benchmarks(bench)


def stop_at_write() -> None:
    """Send the signal `STOP` of the environment to this process at its `AT`th write to a file below its folder."""
    number, at = int(os.environ["STOP"]), int(os.environ["AT"])
    folder, seen = os.getcwd(), []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("open", "os.mkdir", "os.rename") or not isinstance(arguments[0], str | os.PathLike):
            return
        reads = event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        path = os.path.abspath(os.fspath(arguments[0]))
        if not reads and path.startswith(f"{folder}{os.sep}") and f"{os.sep}.told" not in path:
            seen.append(path)
            if len(seen) == at:
                os.kill(os.getpid(), number)

    sys.addaudithook(watch)


def _stopped_writers(bench: Bench) -> None:
    folder = _with_a_run(bench)
    before = _listed(folder)
    for verb in bench.some(_WRITERS, 1):
        for number in _STOPS[:2] if bench.long else _STOPS[:1]:
            for at in _PLACES if bench.long else (4,):
                with bench.case(f"{number.name} at write {at} of {verb[0]}"):
                    outcome = ganlab(folder, *verb, prepare=stop_at_write, STOP=str(int(number)), AT=str(at))
                    if outcome.code == 0:  # it had done all its writing
                        break
                    assert outcome.code == 128 + number, f"exit code {outcome.code}: {outcome.err[-1500:]}"
                    assert f"stopped by {number.name}" in outcome.err, outcome.err
                    assert "Traceback" not in outcome.err, outcome.err
                    left = sorted(_listed(folder) - before - {"new"})
                    assert not left or verb[0] == "train", f"left: {left}"
                _remove_new(folder, but_for=verb)
            _remove_new(folder, but_for=verb)
        with bench.case(f"{verb[0]} after all that"):
            ganlab(folder, *verb).require_done()
        shutil.rmtree(folder / "new")


def _remove_new(folder: Path, *, but_for: Sequence[object]) -> None:
    """A run that was stopped goes on; other verbs begin anew."""
    if but_for[0] != "train":
        shutil.rmtree(folder / "new", ignore_errors=True)


def _without_reader(bench: Bench) -> None:
    for stream in ("stdout", "stderr"):
        with bench.case(f"the reader of {stream} goes away"):
            folder = bench.new("unread")
            read, write = os.pipe()
            process = _train(folder, {stream: write})
            os.close(write)
            if stream == "stdout":
                os.read(read, 10)
            os.close(read)
            assert process.wait(timeout=120) == 0, _said(folder)
            assert max(logged_steps(folder / "run")) == 40
            assert (folder / "run" / "checkpoints" / "00000040").is_dir()
            assert "Traceback" not in _said(folder), _said(folder)


def _closed_terminals(bench: Bench) -> None:
    for controls in (True, False):
        with bench.case(f"a terminal is closed that {'controls' if controls else 'does not control'} the run"):
            folder = bench.new("terminal")
            master, slave = pty.openpty()
            process = _train(folder, dict.fromkeys(("stdin", "stdout", "stderr"), slave), 400, controls=controls)
            os.close(slave)
            assert os.read(master, 10)
            assert wait_until(partial(logged_steps, folder / "run"), process), os.read(master, 2000).decode()
            os.close(master)
            code = process.wait(timeout=300)
            last = max(logged_steps(folder / "run"))
            assert (folder / "run" / "checkpoints" / f"{last:08d}").is_dir(), f"no checkpoint of step {last}"
            assert (code == 0 and last == 400) or (controls and code == 129), f"exit code {code} after step {last}"


def _ignored(bench: Bench) -> None:
    with bench.case("nohup"):
        folder = bench.new("nohup")
        process = start(folder, "train", "tiny.yaml", "--run", "run", "--steps", 100, launcher=_NOHUP)
        assert wait_until(partial(logged_steps, folder / "run"), process)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=120) == 0, _said(folder)


def _stopped_benchmarks(bench: Bench) -> None:
    for number in _STOPS if bench.long else ():
        with bench.case(f"{number.name} to a benchmark"):
            folder = bench.new("benchmark")
            call = ("benchmark", "tiny.yaml", "--seeds", "0-2", "--out", "out", "--set", "steps=60")
            process = start(folder, *call)
            done = folder / "out" / "tiny" / "seed0.json"
            assert wait_until(done.exists, process), _said(folder)
            assert wait_until(partial(logged_steps, folder / "out" / "runs" / "tiny" / "seed1"), process), _said(folder)
            process.send_signal(number)
            assert process.wait(timeout=60) == 128 + number, _said(folder)
            assert not _children_of(folder), f"still there: {_children_of(folder)}"
            assert "Traceback" not in _said(folder), _said(folder)
            ganlab(folder, *call).require_done()
            assert len(list(done.parent.glob("seed*.json"))) == 3


def _with_a_run(bench: Bench) -> Path:
    """A folder with a run of a code, and photos."""
    folder = bench.new("writers")
    (folder / "coded.yaml").write_text(json.dumps(_CODED))
    ganlab(folder, "train", "coded.yaml", "--run", "run").require_done()
    (folder / "new-photos").mkdir()
    for index, image_CHW in enumerate(digits(size=16).images_NCHW[:12]):
        save_png(image_CHW, folder / "new-photos" / f"{index}.png")
    return folder


def _train(
    folder: Path, streams: Mapping[str, int], steps: int = 40, *, controls: bool = False
) -> subprocess.Popen[str]:
    """A run whose streams are these descriptors, the others `out.txt`; in a session with stdin's terminal."""

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    command = [sys.executable, "-m", "ganlab_core", "train", "tiny.yaml", "--run", "run", "--steps", str(steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GANLAB_PLUGINS": "", "GANLAB_CACHE": str(folder / "cache")}
    with (folder / "out.txt").open("wb") as told:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=streams.get("stdin", subprocess.DEVNULL),
            stdout=streams.get("stdout", told.fileno()),
            stderr=streams.get("stderr", told.fileno()),
            text=True,
            start_new_session=True,
            preexec_fn=take_terminal if controls else None,
        )


def _listed(folder: Path) -> set[str]:
    """All that lies in a folder but the harness's own, the caches' and the locks' files."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if ".told" not in path.parts and not path.name.startswith(".lock")
    }


def _said(folder: Path) -> str:
    return (folder / "out.txt").read_text()[-1500:]


def _children_of(folder: Path) -> list[str]:
    """The processes whose working folder this is, as Linux tells them; none elsewhere."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd") == str(folder) and process.name != str(os.getpid()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
