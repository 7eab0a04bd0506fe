"""What any verb writes: whole or not at all, into pipes as well, under names that are long or no text."""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import export_run, load_run
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.assign.table import unreadable_path
from tests.conftest import REPOSITORY
from tests.verbs.coded_run import coded_run, digit_files

WRITING = {
    "assign": ("assign", "run", "photos", "--out", "older.csv", "--embeddings", "e.npz", "--sort-into", "sorted"),
    "assign copies": ("assign", "run", "photos", "--out", "older.csv", "--sort-into", "sorted", "--copy"),
    "balance": ("balance", "run", "photos", "--out", "balanced"),
    "sample": ("sample", "run", "--count", 2, "--out", "many", "--grid", "older.png"),
    "sample --traverse": ("sample", "run", "--traverse", "style", "--grid", "older.png"),
    "traverse": ("traverse", "run", "--noise", "--frames", 2, "--out", "older.gif"),
    "report": ("report", "run", "--out", "older.html"),
    "export": ("export", "run", "--out", "exported"),
    "fork": ("train", "--resume", "run", "--fork", "forked", "--set", "steps=3"),
    "new": ("new", "plugin", "mine", "--out", "deep/mine"),
}


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    """A run, photos, and what earlier calls wrote, in the folder where `ganlab` is called."""
    with_style = tiny | {"prior": tiny["prior"] | {"style": {"use": "uniform", "dim": 1}}}
    digit_files(Path("photos"), 4)
    for suffix in ("csv", "unreadable.csv", "png", "gif", "html"):
        Path(f"older.{suffix}").write_text("older")
    return coded_run(with_style, Path("run"))


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full once a file has so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def seen(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder, the photos, the run and caches left out."""
    passed_over = ("photos", "run", "cache")
    return {
        str(path): path.read_bytes() if path.is_file() else b"folder"
        for path in folder.rglob("*")
        if path.parts[0] not in passed_over
    }


@pytest.mark.parametrize("verb", WRITING)
def test_on_a_full_disk_all_that_was_whole_is_and_nothing_is_left(ganlab: Ganlab, run: Path, verb: str) -> None:
    if verb == "new":
        pytest.importorskip("copier")
    before = seen(Path())
    for size in (0, 1000):
        with files_of_at_most(size):
            outcome = ganlab(*WRITING[verb])
        if outcome.code == 0:
            break
        assert outcome.code == 1
        assert len([line for line in outcome.err.splitlines() if line.startswith("error: ")]) == 1, outcome.err
        assert "File too large" in outcome.err or verb == "new"  # copier calls git, which says so
        assert seen(Path()) == before
    assert ganlab(*WRITING[verb]).code == 0 or size == 1000
    assert not [path for path in seen(Path()) if ".writing-" in path]


def test_a_table_goes_to_standard_output_and_all_words_to_the_other(run: Path) -> None:
    Path("photos/a/broken.png").write_bytes(b"none")
    command = [sys.executable, "-m", "ganlab_core", "assign", str(run), "photos", "--out", "/dev/stdout"]
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
    called = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path})
    rows = list(csv.DictReader(called.stdout.splitlines()))
    assert [row["path"] for row in rows] == [f"photos/{name}.png" for name in ("a/00", "a/02", "b/01", "b/03")]
    assert "unreadable    1 files, to list them, name a file" in called.stderr
    assert not Path("/dev/stdout.unreadable.csv").exists()


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.html", "pipe.png", "pipe.gif"])
def test_a_named_pipe_gets_what_a_file_would(ganlab: Ganlab, run: Path, name: str) -> None:
    verbs = {
        "csv": ("assign", run, "photos", "--out"),
        "html": ("report", run, "--out"),
        "png": ("sample", run, "--grid"),
        "gif": ("traverse", run, "--noise", "--frames", 2, "--out"),
    }
    os.mkfifo(name)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(Path(name).read_bytes()), daemon=True)
    reader.start()
    kind = name.rpartition(".")[2]
    assert ganlab(*verbs[kind], name).code == 0
    reader.join()
    assert ganlab(*verbs[kind], f"file.{kind}").code == 0
    assert got == [Path(f"file.{kind}").read_bytes()]
    assert Path(name).is_fifo()


@pytest.mark.parametrize("verb", [("balance", "run", "photos"), ("sample", "run"), ("export", "run")])
def test_a_device_is_no_folder(ganlab: Ganlab, run: Path, verb: tuple[str, ...]) -> None:
    outcome = ganlab(*verb, "--out", "/dev/null")
    assert (outcome.code, outcome.err) == (
        1,
        "error: --out /dev/null is a pipe or a device; name a folder that does not exist\n",
    )


def test_two_images_of_one_long_name_are_sorted_into_names_that_fit(ganlab: Ganlab, run: Path) -> None:
    for folder in "ab":
        Path("photos", folder, "x" * 250 + ".png").write_bytes(Path("photos/a/00.png").read_bytes())
    table = "t" * 250 + ".csv"
    Path("photos/a/broken.png").write_bytes(b"none")
    outcome = ganlab("assign", run, "photos", "--out", table, "--sort-into", "sorted", "--copy")
    assert outcome.code == 0, outcome.err
    long = sorted(path.name for path in Path("sorted").rglob("x*.png"))
    assert len(long) == 2
    assert sorted(map(len, long)) == [254, 255]
    assert all(one.endswith(".png") for one in long)
    listed = unreadable_path(Path(table))
    assert listed is not None
    assert (len(listed.name), listed.exists()) == (255, True)


def test_a_run_is_exported_into_a_folder_whose_name_is_no_text(run: Path) -> None:
    out = Path(os.fsdecode(b"caf\xe9"))
    made = export_run(load_run(run), out)
    assert made.failures == []
    assert {"generator.pt2", "generator.safetensors", "README.md"} <= {path.name for path in out.iterdir()}


def test_classes_whose_folders_names_are_no_text_are_trained_on_and_shown(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    names = [os.fsdecode(b"caf\xe9"), "ä"]
    for name, path in zip(names * 4, digit_files(Path("photos"), 8), strict=True):
        Path("classes", name).mkdir(parents=True, exist_ok=True)
        path.rename(Path("classes", name, os.fsdecode(b"x\xff") + path.name))
    run = coded_run(tiny, Path("run"), dataset={"use": "image-folder", "root": "classes", "size": 16, "channels": 1})
    assert load_run(run).facts.class_names == ("caf\\udce9", "ä")
    for verb in (("report", run), ("export", run, "--out", "out"), ("assign", run, "classes", "--out", "t.csv")):
        outcome = ganlab(*verb)
        assert outcome.code == 0, outcome.err
    assert "caf\\udce9" in Path("run/report.html").read_text(encoding="utf-8")
    assert b"caf\xe9/x\xff00.png" in Path("t.csv").read_bytes()
    assert json.loads(ganlab("evaluate", run, "--json").out)
