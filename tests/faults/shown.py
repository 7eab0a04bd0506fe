"""Row 25: control characters, markup and formulas in every name that is printed or tabled."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.faults.harness import RECIPE, Bench, Outcome, ganlab

_EVIL = {
    "a window's title": "\x1b]0;title\x07",
    "a link": "\x1b]8;;http:x\x1b\\link",
    "colours": "\x1b[31mred",
    "a C1 code": "\x9b2J",
    "another direction": "a\u202egnp",
    "a line feed": "a\nerror: forged",
    "a carriage return": "a\rerror: forged",
    "a backspace": "a\b\b\x7f",
    "rich's markup": "[red]a[/red]:rat:",
}
_FORMULAS = ("=1+1.png", "+1.png", "-1.png", "@SUM(1).png", "\t=1.png", "\r=1.png", "＝1.png")
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def shown(bench: Bench) -> None:
    """Nothing that is printed steers a terminal or forges a line, and no cell of a table is a formula."""
    folder = bench.new("shown")
    _images(folder / "photos", [f"{number}.png" for number in range(9)])
    ganlab(folder, "train", "tiny.yaml", "--run", "run", "--steps", "2").require_done()
    for name, text in bench.some(list(_EVIL.items()), 1):
        for place, call in bench.some(list(_PLACES.items()), 2):
            with bench.case(f"{place}: {name}"):
                for outcome in call(bench, folder, text):
                    _require_shown(outcome)
    _formulas(bench)


def _require_shown(outcome: Outcome) -> None:
    for said in (outcome.out, outcome.err):
        assert not _STEERS.search(said), f"shown raw: {said[-500:]!r}"
        assert not re.search("^error: forged", said, re.MULTILINE), f"a forged line: {said[-500:]!r}"
    assert "Traceback" not in outcome.err, outcome.err[-1500:]


def _images(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.effect_noise((16, 16), 20 + number).save(folder / name, format="PNG")


def _file_name(bench: Bench, folder: Path, text: str) -> list[Outcome]:
    here = bench.new("files")
    shutil.copytree(folder / "photos", here / "photos")
    (here / "photos" / f"{text.replace('/', '')}.png").write_bytes(b"no image")
    options = ["--dataset", "image-folder", "--set", "dataset.root=photos", "--set", "dataset.size=16"]
    skip = [*options, "--set", "dataset.unreadable=skip", "--steps", "1", "--run", "run"]
    return [ganlab(here, "train", "tiny.yaml", *options), ganlab(here, "train", "tiny.yaml", *skip)]


def _folder_name(bench: Bench, folder: Path, text: str) -> list[Outcome]:
    here = bench.new("folders")
    name = text.replace("/", "")
    shutil.copytree(folder / "run", here / name)
    (here / name / "checkpoints" / f"damaged-{name}").mkdir()
    calls = [("doctor",), ("evaluate",), ("sample", "--count", "2"), ("compare", str(folder / "run")), ("report",)]
    found = [ganlab(here, verb, *options, name) for verb, *options in calls]
    return [*found, ganlab(here, "train", "tiny.yaml", "--run", name), ganlab(here, "train", "--resume", f"no {name}")]


def _recipe(bench: Bench, folder: Path, text: str) -> list[Outcome]:
    here = bench.new("recipes")
    for number, change in enumerate(_changes(text)):
        (here / f"{number}.yaml").write_text(json.dumps(RECIPE | change))
    calls = [ganlab(here, "validate", path.name, "--print") for path in sorted(here.glob("[0-9].yaml"))]
    options: list[tuple[str, ...]] = [("--set", f"{text}=1"), ("--set", f"device={text}"), ("--prior", text)]
    options += [(f"--{text}",), (f"{text}.yaml",)]
    return [*calls, *(ganlab(here, "train", "tiny.yaml", *one) for one in options)]


def _changes(text: str) -> list[dict[str, object]]:
    return [{text: 1}, {"device": text}, {"checkpoint": {text: text}}, {"dataset": {"use": text}}, {"extends": [text]}]


def _run_files(bench: Bench, folder: Path, text: str) -> list[Outcome]:
    here = bench.new("runs")
    found = []
    for file, change in (("evaluation.json", {text: 0.5}), ("environment.json", {"python": text, text: "1"})):
        shutil.copytree(folder / "run", here / file)
        values = json.loads((here / file / file).read_text())
        (here / file / file).write_text(json.dumps({**values, **change}))
        found += [ganlab(here, "compare", file, folder / "run", *also) for also in ((), ("--json",))]
    return found


_PLACES: dict[str, Callable[[Bench, Path, str], list[Outcome]]] = {
    "a file's name": _file_name,
    "a run's name": _folder_name,
    "a recipe and options": _recipe,
    "a run's files": _run_files,
}


def _formulas(bench: Bench) -> None:
    """Tables name the same files, and none by what a spreadsheet would reckon out."""
    here = bench.new("formulas")
    recipe = RECIPE | {"audit": {"allow": ["recognition"]}, "steps": 2}
    recipe["prior"] = {**RECIPE["prior"], "code": {"use": "categorical", "classes": 3}}
    recipe["networks"] = {**RECIPE["networks"], "recognition": {"use": "recognition", "hidden": 6}}
    (here / "coded.yaml").write_text(json.dumps(recipe))
    ganlab(here, "train", "coded.yaml", "--run", "run").require_done()
    photos = bench.new("photos")
    _images(photos, list(_FORMULAS))
    (photos / "=2.png").write_bytes(b"no image")
    with bench.case("formulas in assignments"):
        ganlab(photos, "assign", here / "run", ".", "--out", here / "codes.csv").require_done()
        _require_no_formula(here / "codes.csv", photos, len(_FORMULAS))
        _require_no_formula(here / "codes.unreadable.csv", photos, 1)


def _require_no_formula(table: Path, photos: Path, count: int) -> None:
    with table.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == count, f"{len(rows)} rows, not {count}"
    for row in rows:
        assert not any(cell.startswith(tuple("=+-@\t\r＝")) for cell in row), row
        assert (photos / row[header.index("path")]).is_file(), row
