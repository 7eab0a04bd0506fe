"""Row 24: the end of a run, and every evaluation and picture before it. What fails there costs no step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.broken_plugins import install
from tests.faults.compare import lines, require_equal
from tests.faults.harness import RECIPE, Bench, ganlab

_METRIC = """
import os, signal

class Ends:
    'Ends as the environment says.'
    def require(self, evaluation):
        if os.environ.get("ENDS") == "refuses":
            from ganlab_core import GanlabError
            raise GanlabError("there will be nothing to measure; give something")
    def __call__(self, evaluation):
        how = os.environ.get("ENDS", "well")
        if how == "raises":
            raise ZeroDivisionError("no luck")
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "leaves":
            raise SystemExit(3)
        return {"ended": evaluation if how == "says nonsense" else 1.0}

@hookimpl
def ganlab_metrics():
    yield Component(name="ends", factory=Ends)
"""
_WAYS = ("raises", "killed", "leaves", "says nonsense")
_STEPS = 4


def endings(bench: Bench) -> None:
    """The last step is kept, a resume evaluates again to the same figures, and what is no loss is a warning."""
    folder = bench.new("endings")
    root = install(folder / "plugin", _METRIC)
    recipe = RECIPE | {"metrics": {"mine": {"use": "ends"}}, "checkpoint": {"every": 0}}
    (folder / "tiny.yaml").write_text(json.dumps(recipe))

    def call(*arguments: str, ends: str = "well", **environment: str) -> int:
        told: dict[str, Any] = {"GANLAB_PLUGINS": "broken", "ENDS": ends, **environment}
        outcome = ganlab(folder, *arguments, paths=[root], **told)
        assert "Traceback" not in outcome.err, outcome.err[-1500:]
        return outcome.code

    assert call("train", "tiny.yaml", "--run", "whole") == 0
    for way in bench.some(_WAYS, 2):
        with bench.case(f"a metric that {way}"):
            _lost_and_found(folder, call, way)
    with bench.case("a metric that refuses before the first step"):
        assert call("train", "tiny.yaml", "--run", "refused", ends="refuses") == 1
        assert not (folder / "refused").exists()
    for name, environment in bench.some(list(_WITHOUT.items()), 1):
        with bench.case(name):
            run = f"run-{len(name)}"
            assert call("train", "tiny.yaml", "--run", run, "--set", "samples.every=2", **environment) == 0
            require_equal(folder / run, folder / "whole", number=_STEPS)
    with bench.case("the places of pictures are taken"):
        _taken(folder, call)


_WITHOUT = {
    "settings of matplotlib that end it": {"MATPLOTLIBRC": "/proc/self/environ", "MPLBACKEND": "nothing"},
    "no home folder": {"HOME": "/nowhere", "GANLAB_CACHE": ""},
    "a cache that cannot be made": {"GANLAB_CACHE": "/proc/nowhere"},
}


def _lost_and_found(folder: Path, call: Callable[..., int], way: str) -> None:
    run = way.replace(" ", "-")
    assert call("train", "tiny.yaml", "--run", run, ends=way) != 0
    assert [path.name for path in (folder / run / "checkpoints").iterdir()] == [f"{_STEPS:08d}"]
    assert call("train", "--resume", run, ends=way) != 0
    assert call("train", "--resume", run) == 0
    require_equal(folder / run, folder / "whole", number=_STEPS)
    assert [line["step"] for line in lines(folder / run)] == [1, 2, 3, 4]
    assert json.loads((folder / run / "evaluation.json").read_text())["ended"] == 1.0


def _taken(folder: Path, call: Callable[..., int]) -> None:
    """Folders stand where pictures should; the run goes on from a pause, so that they can be put there."""
    run = folder / "taken"
    assert call("train", "tiny.yaml", "--run", run.name, "--steps", "2") == 0
    for place in ("samples/00000004.png", "proportions.png"):
        (run / place / "inside").mkdir(parents=True)
    assert call("train", "--resume", run.name, "--steps", "4") == 0
    assert (run / "samples/00000004.png").is_dir()
    assert (run / "checkpoints" / f"{_STEPS:08d}").is_dir()
