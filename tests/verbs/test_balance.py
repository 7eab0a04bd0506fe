"""`ganlab balance`: sizes, origins, and a folder that torchvision reads."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab_core.runs.loaded import load_run
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.balance.balanced import plan_balance
from tests.verbs.coded_run import coded_run, digit_files


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    """A run in the folder where `ganlab` is called."""
    return coded_run(tiny, Path("run"))


def manifest(folder: str) -> list[dict[str, str]]:
    with Path(folder, "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pixels(path: Path) -> torch.Tensor:
    with Image.open(path) as picture:
        return torch.from_numpy(np.array(picture))


def test_help_has_an_example(ganlab: Ganlab) -> None:
    assert "Examples: `ganlab balance RUN photos --out balanced`" in ganlab("balance", "--help").out


def test_every_class_is_brought_to_the_size_of_the_largest() -> None:
    plan = plan_balance(torch.tensor([2, 0, 2, 2, 0, 3]), classes=5)
    assert plan.kept_N.all()
    assert plan.generated_K == (1, 0, 0, 2, 0)


def test_of_a_class_with_more_so_many_are_drawn_by_the_seed() -> None:
    codes_N = torch.tensor([0, 1]).repeat_interleave(torch.tensor([100, 3]))
    plans = [plan_balance(codes_N, classes=2, per_class=10, seed=seed) for seed in (0, 0, 1)]
    for plan in plans:
        assert plan.kept_N[:100].sum() == 10
        assert plan.kept_N[100:].all()
        assert plan.generated_K == (0, 7)
    assert torch.equal(plans[0].kept_N, plans[1].kept_N)
    assert not torch.equal(plans[0].kept_N, plans[2].kept_N)


def test_the_folder_is_balanced_and_torchvision_reads_it(ganlab: Ganlab, run: Path) -> None:
    from torchvision.datasets import ImageFolder

    files = digit_files(Path("photos"))
    assert ganlab("assign", run, "photos", "--out", "codes.csv").code == 0
    with Path("codes.csv").open(newline="") as table:
        codes = {row["path"]: row["code"] for row in csv.DictReader(table)}
    largest = max(Counter(codes.values()).values())
    outcome = ganlab("balance", run, "photos", "--out", "balanced", "--per-class", largest + 2, "--json")
    assert outcome.code == 0, outcome.err

    said = json.loads(outcome.out)
    read = ImageFolder("balanced")
    assert read.classes == sorted({f"code-{code}" for code in codes.values()})
    assert set(Counter(read.targets).values()) == {largest + 2}
    rows = manifest("balanced")
    assert len(rows) == len(read) == sum(said["real"]) + sum(said["generated"])
    real = {row["source"]: row for row in rows if row["origin"] == "real"}
    assert set(real) == {str(path) for path in files}
    for source, row in real.items():
        assert row["class"] == f"code-{codes[source]}" == row["path"].split("/")[0]
        assert torch.equal(pixels(Path("balanced", row["path"])), pixels(Path(source)))


def test_a_generated_image_is_the_one_that_the_manifest_says(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("balance", run, "--out", "balanced", "--seed", 5)
    assert outcome.code == 0, outcome.err
    made = [row for row in manifest("balanced") if row["origin"] == "generated"]
    same = [row for row in made if row["seed"] == made[0]["seed"]]
    code = int(same[0]["class"].removeprefix("code-"))
    images_NCHW = load_run(run).sample(len(same), code=code, seed=int(same[0]["seed"]))
    for row in same[:3]:
        wanted_HW = images_NCHW[int(row["source"]), 0].add(1).mul(127.5).round().clamp(0, 255)
        assert torch.equal(pixels(Path("balanced", row["path"])).float(), wanted_HW)


def test_the_same_seed_makes_the_same_folder(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    for out, seed in (("one", 3), ("two", 3), ("three", 4)):
        assert ganlab("balance", run, "photos", "--out", out, "--per-class", 3, "--seed", seed).code == 0
    contents = [
        {str(path.relative_to(out)): path.read_bytes() for path in Path(out).rglob("*.*")}
        for out in ("one", "two", "three")
    ]
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_codes_without_images_are_left_out_and_named(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    coded_run(tiny, Path("wide"), classes=30)
    digit_files(Path("photos"), 6)
    outcome = ganlab("balance", "wide", "photos", "--out", "balanced")
    assert outcome.code == 0, outcome.err
    assert "codes that no image has: " in outcome.out
    assert all(any(folder.iterdir()) for folder in Path("balanced").glob("code-*"))


@pytest.mark.parametrize(
    ("source", "out", "message"),
    [
        ("photos", "full", "--out full is not empty; name a folder that does not exist"),
        ("photos", "photos/new", "--out photos/new lies in photos, whose images are read"),
        ("bad", "new", "none of the images can be read, so there is nothing to balance"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    ganlab: Ganlab, run: Path, source: str, out: str, message: str
) -> None:
    digit_files(Path("photos"), 2)
    for name in ("full/mine.txt", "bad/cut.png"):
        Path(name).parent.mkdir()
        Path(name).write_text("kept")
    before = sorted(Path().rglob("*"))
    outcome = ganlab("balance", run, source, "--out", out)
    assert outcome.code == 1
    assert message in outcome.err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("verb", [("balance", "--out"), ("assign", "--out", "c.csv", "--sort-into")])
def test_nothing_is_written_among_a_runs_own_images(
    ganlab: Ganlab, tiny: dict[str, Any], verb: tuple[str, ...]
) -> None:
    digit_files(Path("photos"))
    coded_run(tiny, Path("run"), dataset={"use": "image-folder", "root": "photos", "size": 16, "channels": 1})
    name, *options = verb
    outcome = ganlab(name, "run", *options, "photos/new")
    assert outcome.code == 1
    assert f"{options[-1]} photos/new lies in {Path('photos').absolute()}, whose images are read" in outcome.err
    assert not Path("photos/new").exists()
