"""Row 19: run folders made to lead out of themselves, to hang, to fill the memory or to break what reads figures."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.faults.harness import RECIPE, Bench, Outcome, ganlab
from tests.runs.checkpoint_files import make_manifest_fit

_MEMORY = 300.0  # MiB beyond the healthy run's; each hostile one was made to cost a gigabyte or more
_SECONDS = 5.0  # of work beyond them as well
_HANGING = 60.0
_SECRET = "SECRET-OF-MINE"
_CODED: dict[str, Any] = {
    **RECIPE,
    "prior": {**RECIPE["prior"], "code": {"use": "categorical", "classes": 3}},
    "networks": {**RECIPE["networks"], "recognition": {"use": "recognition", "hidden": 6}},
    "audit": {"allow": ["recognition"]},
    "checkpoint": {"every": 2, "best": "diversity"},
}

Make = Callable[[Path], None]


VERBS: dict[str, tuple[object, ...]] = {
    "sample": ("sample", "run", "--grid", "grid.png"),
    "traverse": ("traverse", "run", "--out", "codes.png"),
    "report": ("report", "run", "--out", "report.html"),
    "compare": ("compare", "run", "other"),
    "evaluate": ("evaluate", "run", "--samples-per-code", 4),
    "export": ("export", "run", "--out", "export"),
    "assign": ("assign", "run", "--out", "table.csv"),
    "balance": ("balance", "run", "--out", "balanced"),
    "doctor": ("doctor", "run"),
    "resume": ("train", "--resume", "run", "--steps", 5),
    "fork": ("train", "--resume", "run", "--fork", "forked", "--steps", 5),
    "or-resume": ("train", "coded.yaml", "--run", "run", "--or-resume"),
    "discover": ("discover", "--resume", "run"),
}


def strangers(bench: Bench) -> None:
    """One message in seconds, little memory, nothing of what lies outside; or what is hostile is not looked at."""
    folder = bench.new("strangers")
    (folder / "coded.yaml").write_text(json.dumps(_CODED))
    ganlab(folder, "train", "coded.yaml", "--run", "run").require_done()
    ganlab(folder, "assign", "run", "--out", "warm.csv").require_done()  # what is cached is there for all that follow
    usual = {name: ganlab(_copy(bench, folder), *words) for name, words in VERBS.items()}
    cases = [(name, make, verb) for name, make in HOSTILE.items() for verb in VERBS]
    for name, make, verb in bench.some(cases, 4):
        with bench.case(f"{verb}: {name}"):
            copy = _copy(bench, folder)
            make(copy / "run")
            outcome = ganlab(copy, *VERBS[verb])
            _require_refused(outcome, is_looked_at=verb == "doctor")
            _require_nothing_of_mine(copy, outcome)
            _require_no_more(outcome, usual[verb])


def _copy(bench: Bench, folder: Path) -> Path:
    copy = bench.new("copy")
    for name in ("run", "other"):
        shutil.copytree(folder / "run", copy / name)
    shutil.copy(folder / "coded.yaml", copy / "coded.yaml")
    shutil.copytree(folder / "run", copy / "mine")  # the user's own, outside of the stranger's folder
    for file in (copy / "mine").glob("*.json"):
        file.write_text(file.read_text().replace('"python": "', f'"python": "{_SECRET}'))
    return copy


def _require_refused(outcome: Outcome, *, is_looked_at: bool) -> None:
    """A message, or for the doctor findings; 0 where the verb does without what is hostile."""
    assert "Traceback" not in outcome.err, outcome.err[-1500:]
    if outcome.code and not is_looked_at:
        outcome.require_message()


def _require_no_more(outcome: Outcome, healthy: Outcome) -> None:
    """Neither memory nor time beyond what the same verb takes of a healthy run."""
    worked, more = outcome.worked - healthy.worked, outcome.peak - healthy.peak
    assert outcome.seconds < healthy.seconds + _HANGING, f"it took {outcome.seconds:.0f} s"
    assert worked < _SECONDS, f"it worked {worked:.1f} s more than with a healthy run"
    assert more < _MEMORY, f"it took {more:.0f} MiB more than with a healthy run"


def _require_nothing_of_mine(copy: Path, outcome: Outcome) -> None:
    made = [path for path in copy.rglob("*") if path.is_file() and not path.is_symlink()]
    own = [path for path in made if not {"run", "mine", ".told"} & set(path.relative_to(copy).parts)]
    assert not [path for path in own if _SECRET.encode() in path.read_bytes()]
    assert _SECRET not in outcome.out + outcome.err


def _newest(run: Path) -> Path:
    return max((run / "checkpoints").glob("0*"))


def _leading_out(place: str) -> Make:
    def make(run: Path) -> None:
        path = run / place
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        path.symlink_to(run.with_name("mine") / place)

    return make


def _in_place_of(place: str, put: Callable[[Path], None]) -> Make:
    def make(run: Path) -> None:
        path = _newest(run) / place.removeprefix("*/") if place.startswith("*/") else run / place
        path.unlink(missing_ok=True)
        put(path)
        if place.startswith("*/") and path.is_file() and path.name != "manifest.json":
            make_manifest_fit(_newest(run))

    return make


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(3 << 29)


def _holding(content: bytes) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_bytes(content)

    return put


def _recipe(**changes: Any) -> Make:
    """A value of the recipe by its dotted key, dots as `__`."""

    def make(run: Path) -> None:
        recipe = yaml.safe_load((run / "recipe.yaml").read_text())
        for key, value in changes.items():
            *above, last = key.split("__")
            inside = recipe
            for part in above:
                inside = inside[part]
            inside[last] = value
        (run / "recipe.yaml").write_text(yaml.safe_dump(recipe))

    return make


def _facts(**changes: Any) -> Make:
    def make(run: Path) -> None:
        facts = json.loads((run / "data.json").read_text()) | changes
        (run / "data.json").write_text(json.dumps(facts))

    return make


def _logged(line: bytes) -> Make:
    def make(run: Path) -> None:
        with (run / "metrics.jsonl").open("ab") as log:
            log.write(line + b"\n")

    return make


_FILES: tuple[str, ...] = (
    "recipe.yaml",
    "data.json",
    "evaluation.json",
    "environment.json",
    "metrics.jsonl",
    "rollbacks.json",
    "found.json",
    "discover.json",
    "checkpoints/best.json",
    "*/manifest.json",
    "*/weights.safetensors",
)
HOSTILE: dict[str, Make] = {
    **{f"{place} leads out": _leading_out(place) for place in ("environment.json", "recipe.yaml", "checkpoints")},
    "a folder leads out": _leading_out("checkpoints/00000004"),
    **{f"{place} is a pipe": _in_place_of(place, os.mkfifo) for place in _FILES},
    **{f"{place} is a gigabyte and a half": _in_place_of(place, _sparse) for place in _FILES},
    **{f"{place} is no text": _in_place_of(place, _holding(b"\xff\xfe{")) for place in _FILES},
    "a recipe for gigabytes of weights": _recipe(networks__generator__width=3000),
    "a recipe for a width of 1e18": _recipe(networks__trunk__width=10**18),
    "a recipe for gigabytes of images": _recipe(dataset__size=2000),
    "a recipe for codes without end": _recipe(prior__noise__dim=10**9),
    "a recipe that extends another": _recipe(extends=["../mine/recipe.yaml"]),
    "facts of no image of any class": _facts(class_counts=[0] * 10),
    "facts of no names": _facts(class_names=[]),
    "facts of a huge image": _facts(image_shape=[1, 1 << 16, 1 << 16]),
    "a logged number of 400 digits": _logged(b'{"step": 9, "x": 1' + b"0" * 400 + b"}"),
    "a logged ragged list": _logged(b'{"step": 9, "x": [[1],[1,2]]}'),
    "a logged figure of 1e308": _logged(b'{"step": 9, "loss/generator": 1e308}'),
    "evaluated shares that are none": _in_place_of(
        "evaluation.json", _holding(b'{"learned_prior": [[1]], "true_prior": "a", "matched_classes": [1e308]}')
    ),
}
