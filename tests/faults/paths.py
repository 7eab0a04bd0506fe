"""Row 9: names and paths that lead elsewhere, or that no folder can have."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.faults.harness import RECIPE, Bench, ganlab

_UNDECODED = b"r\xff\xfe".decode("utf-8", "surrogateescape")
_NAMES = {
    "NUL": "a\0b",
    "a half surrogate": "a\ud800b",
    "bytes that are no text": _UNDECODED,
    "a name of 5,000 characters": "a" * 5000,
    "below a file": "tiny.yaml/run",
    "the folder of processes": "/proc/1/run",
}
_PARTS = ["../../evil", "/tmp/evil", "a/b", "..", "a\\0b", ".hidden", "a\nb", "x" * 300]


def paths(bench: Bench) -> None:
    """Nothing outside the run folder is touched, and what no path can be is one message."""
    folder = bench.new("paths")
    for name, value in _NAMES.items():
        for option in (("tiny.yaml", "--run"), ("--resume",), ("tiny.yaml", "--or-resume", "--run")):
            with bench.case(f"{option[-1]}: {name}"):
                ganlab(folder, "train", *option, value).require_message()
        with bench.case(f"a recipe at: {name}"):
            ganlab(folder, "validate", value).require_message()
        with bench.case(f"a plugin file at: {name}"):
            ganlab(folder, "--plugin", value, "plugins").require_message()
    for part in _PARTS:
        recipe = json.loads(json.dumps(RECIPE))
        recipe["prior"][part] = {"use": "uniform", "dim": 1}
        recipe["samples"] = {"every": 2, "columns": 3}
        (folder / "named.yaml").write_text(json.dumps(recipe))
        with bench.case(f"a code called {part[:20]!r}"):
            before = _outside(folder)
            outcome = ganlab(folder, "train", "named.yaml", "--run", "named")
            shutil.rmtree(folder / "named", ignore_errors=True)
            if outcome.code:
                outcome.require_message()
            assert _outside(folder) == before, f"something was written outside: {_outside(folder) - before}"
        with bench.case(f"a part called {part[:20]!r}"):
            ganlab(folder, "train", "tiny.yaml", "--prior", part, "--run", "named").require_message()
    _links(bench, folder)


def _links(bench: Bench, folder: Path) -> None:
    ganlab(folder, "train", "tiny.yaml", "--run", "run", "--set", "samples.every=2").require_done()
    for name, link in _LINKS.items():
        with bench.case(name):
            copy = bench.new("links")
            shutil.copytree(folder / "run", copy / "run")
            (copy / "mine").mkdir()
            (copy / "mine" / "thesis.tex").write_text("mine")
            link(copy / "run", copy / "mine")
            ganlab(copy, "train", "--resume", "run", "--steps", "8").require_message("is a link that leads out")
            assert [path.name for path in (copy / "mine").iterdir()] == ["thesis.tex"]
            assert (copy / "mine" / "thesis.tex").read_text() == "mine"


def _file(name: str) -> Callable[[Path, Path], None]:
    def link(run: Path, mine: Path) -> None:
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(mine / "thesis.tex")

    return link


def _folder(name: str) -> Callable[[Path, Path], None]:
    def link(run: Path, mine: Path) -> None:
        if (run / name).exists():
            shutil.rmtree(run / name)
        (run / name).symlink_to(mine)

    return link


_LINKS = {
    "metrics.jsonl leads out": _file("metrics.jsonl"),
    "the recipe leads out": _file("evaluation.json"),
    "what is left of a file that was being written leads out": _file(".writing-recipe"),
    "a coming grid leads out": _file("samples/00000006.png"),
    "best.json leads out": _file("checkpoints/best.json"),
    "checkpoints lead out": _folder("checkpoints"),
    "a coming checkpoint leads out": _folder("checkpoints/00000006"),
    "a coming save leads out": _folder("checkpoints/.writing-00000006"),
    "TensorBoard's folder leads out": _folder("tensorboard"),
}


def _outside(folder: Path) -> set[Path]:
    """What lies beside the runs of a folder, and where names that lead out would lead."""
    beside = {path for path in folder.iterdir() if path.name != "named"}
    return beside | set(folder.parent.glob("*evil*")) | set(Path("/tmp").glob("evil*"))
