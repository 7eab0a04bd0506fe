"""Row 21: a run that goes on elsewhere, with other threads or after SIGTERM: the same bits, or what differs is said."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import numpy as np
from PIL import Image

from ganlab_core.plugins import load_plugins
from ganlab_core.recipe.build import build_data
from ganlab_core.recipe.load import load_recipe
from tests.faults.compare import checkpoint, require_equal
from tests.faults.harness import RECIPE, Bench, start

_STEPS = 20
_TROUBLE = '''"""A loss that asks to stop, and is not finite where weights have moved too far, or for some steps."""
import os, signal
from ganlab_core import Component, StepContext, hookimpl
ganlab_api = "1"
class Trouble:
    def generator(self, step: StepContext):
        if step.number == int(os.environ.get("STOP_AT", "-1")):
            os.kill(os.getpid(), signal.SIGTERM)
        moved = sum(p.abs().sum() for p in step.networks.generator.parameters())
        begins, ends = map(int, os.environ.get("WRONG", "-1,-1").split(","))
        wrong = begins <= step.number < ends or moved.item() > float(os.environ.get("MOST", "inf"))
        return 0.0 * moved + (float("nan") if wrong else 0.0)
@hookimpl
def ganlab_losses():
    yield Component(name="trouble", factory=Trouble)
'''
_COUNTED = ("--set", "checkpoint.every=5", "--set", "checkpoint.keep=20", "--set", "samples.every=0")


def same_bits(bench: Bench) -> None:
    """Stop runs and let them go on as somebody else would."""
    for threads in ("1", "4") if bench.long else ("1",):
        with bench.case(f"2 threads, then {threads}"):
            _other_threads(bench, threads)
    for stop in bench.some([6, 7, 8, 9, 11, 12, 13], few=1):
        with bench.case(f"SIGTERM in step {stop} of a run that rolls back"):
            _rolled_back(bench, stop)
        with bench.case(f"SIGTERM in step {stop} of a run that leaves steps out"):
            _left_out(bench, stop)
    for name, body in (
        ("another working folder", _elsewhere),
        ("images that moved", _moved),
        ("its own data", _inside),
    ):
        with bench.case(name):
            body(bench)
    for kept in (True, False):
        with bench.case(f"an image changed that is {'kept' if kept else 'left out'}"):
            _changed(bench, kept=kept)


def _other_threads(bench: Bench, threads: str) -> None:
    folder = bench.new("threads")
    options = ("--set", "batch_size=64", "--steps", 8)
    _call(folder, "train", "tiny.yaml", "--run", "whole", *options, OMP_NUM_THREADS="2")
    shutil.copytree(folder / "whole", folder / "stopped")
    for number in (8, 6):
        shutil.rmtree(checkpoint(folder / "stopped", number))
    said = _call(folder, "train", "--resume", "stopped", OMP_NUM_THREADS=threads)
    assert "goes on with as many threads as it began with, 2" in said, said
    require_equal(folder / "stopped", folder / "whole", number=8)
    said = _call(folder, "train", "--resume", "whole", "--steps", 9, "--set", "threads=1", OMP_NUM_THREADS=threads)
    assert "not to the same bits" in said, said


def _rolled_back(bench: Bench, stop: int) -> None:
    options = ("--set", "on_nonfinite=rollback", "--set", "players.generator.learning_rate=0.01", *_COUNTED)
    folder = _troubled(bench)
    _trouble(folder, "--run", "whole", *options, MOST="50.5")
    assert (folder / "whole" / "rollbacks.json").exists(), "there was no rollback"
    _trouble(folder, "--run", "stopped", *options, MOST="50.5", STOP_AT=str(stop), code=128 + signal.SIGTERM)
    _call(folder, "--plugin", "trouble.py", "train", "--resume", "stopped", MOST="50.5")
    require_equal(folder / "stopped", folder / "whole", number=_STEPS)


def _left_out(bench: Bench, stop: int) -> None:
    options = ("--set", "on_nonfinite=skip", *_COUNTED)
    folder = _troubled(bench)
    whole = _trouble(folder, "--run", "whole", *options, WRONG="5,18", code=1)
    _trouble(folder, "--run", "stopped", *options, WRONG="5,18", STOP_AT=str(stop), code=128 + signal.SIGTERM)
    stopped = _call(folder, "--plugin", "trouble.py", "train", "--resume", "stopped", WRONG="5,18", code=1)
    ends = [text.rpartition("error: ")[2] for text in (whole, stopped)]
    assert ends[0] == ends[1], f"{ends[0]}, and after SIGTERM {ends[1]}"


def _elsewhere(bench: Bench) -> None:
    folder = _with_photos(bench)
    _call(folder, "train", "photos.yaml", "--run", "run")
    (folder / "elsewhere").mkdir()
    for arguments in (("train", "--resume", "../run", "--steps", 6), ("evaluate", "../run"), ("report", "../run")):
        _call(folder / "elsewhere", *arguments)


def _moved(bench: Bench) -> None:
    folder = _with_photos(bench)
    _call(folder, "train", "photos.yaml", "--run", "run")
    (folder / "photos").rename(folder / "pictures")
    lost = _call(folder, "train", "--resume", "run", "--steps", 6, code=1)
    assert f"'{folder / 'photos'}'" in lost, lost
    place = ("--set", "dataset.root=pictures")
    _call(folder, "evaluate", "run", *place)
    _call(folder, "train", "--resume", "run", "--steps", 6, *place)
    _call(folder, "evaluate", "run")


def _inside(bench: Bench) -> None:
    folder = _with_photos(bench)
    options = ("--set", "dataset.root=.", "--set", "dataset.classes=none", "--set", "~dataset.imbalance")
    _call(folder / "photos", "train", "../photos.yaml", *options)
    (run,) = (folder / "photos" / "runs").iterdir()
    _call(folder / "photos", "sample", run)
    _call(folder / "photos", "sample", run, "--count", 3, "--out", "drawn")
    said = _call(folder / "photos", "train", "--resume", run, "--steps", 6)
    assert "which ganlab made" in said, said


def _changed(bench: Bench, *, kept: bool) -> None:
    folder = _with_photos(bench)
    _call(folder, "train", "photos.yaml", "--run", "run")
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    used = set(build_data(load_recipe(folder / "run" / "recipe.yaml", plugins=plugins).dataset, plugins).paths)
    other = next(path for path in sorted(folder.glob("photos/*/*.png")) if (path in used) is kept)
    Image.fromarray(np.full((16, 16), 255, dtype=np.uint8)).save(other)
    for arguments in (("train", "--resume", "run", "--steps", 6), ("evaluate", "run")):
        said = _call(folder, *arguments, code=1)
        assert "holds other images than run" in said, said


def _with_photos(bench: Bench) -> Path:
    folder = bench.new("photos")
    draws = np.random.default_rng(bench.random.randrange(1000))
    for label in range(2):
        (folder / "photos" / str(label)).mkdir(parents=True)
        for number in range(12):
            pixels = draws.integers(0, 256, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / str(label) / f"{number:02d}.png")
    data = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1, "imbalance": {"counts": [9, 8]}}
    (folder / "photos.yaml").write_text(json.dumps(RECIPE | {"dataset": data}))
    return folder


def _troubled(bench: Bench) -> Path:
    folder = bench.new("trouble")
    (folder / "trouble.py").write_text(_TROUBLE)
    return folder


def _trouble(folder: Path, *options: str, code: int = 0, **environment: str) -> str:
    named = ("--plugin", "trouble.py", "train", "tiny.yaml", "--loss", "trouble", "--steps", _STEPS)
    return _call(folder, *named, *options, code=code, **environment)


def _call(folder: Path, *arguments: object, code: int = 0, **environment: str) -> str:
    """What a process of its own says, which must end with this exit code."""
    (folder / "out.txt").unlink(missing_ok=True)
    found = start(folder, *arguments, **environment).wait(timeout=300)
    said = (folder / "out.txt").read_text()
    assert "Traceback" not in said, said[-1500:]
    assert found == code, f"exit code {found}: {said[-1500:]}"
    return said
