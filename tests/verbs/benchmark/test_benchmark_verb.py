"""`ganlab benchmark` end to end: it makes runs and a table, skips what is done, goes on, and survives a failure."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from ganlab_core.system.locking import locked
from ganlab_core.testing.fixtures import Ganlab


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "table.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_runs_make_a_table_and_a_second_call_skips_them(ganlab: Ganlab, tiny_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    call = ("benchmark", tiny_file, "--seeds", "0-1", "--out", out, "--over-time", "diversity", "--jobs", 2)
    first = ganlab(*call)
    assert first.code == 0, first.err
    assert "2 runs, 0 of them done before" in first.out
    (row,) = rows(out)
    figures = [json.loads((out / "tiny" / f"seed{seed}.json").read_text()) for seed in (0, 1)]
    mean = sum(one["figures"]["diversity"] for one in figures) / 2
    assert (row["recipe"], row["runs"]) == ("tiny", "2")
    assert float(row["diversity"]) == pytest.approx(mean)
    assert [line["step"] for line in figures[0]["history"]] == [2, 4]
    assert "ganlab benchmark" in (out / "table.md").read_text()
    for picture in ("figures.png", "diversity.png"):
        with Image.open(out / picture) as image:
            assert image.width > 300
    changed = ganlab(*call, "--set", "batch_size=9")
    assert changed.code == 1
    assert "seed0.json is the result of another recipe" in changed.err
    shutil.rmtree(out / "runs")
    again = ganlab(*call)
    assert again.code == 0
    assert "2 runs, 2 of them done before" in again.out
    assert not (out / "runs" / "tiny").exists()


@pytest.mark.slow
def test_a_failed_run_leaves_the_others_and_is_tried_again_in_a_table_that_grows(
    ganlab: Ganlab, tiny_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    bad = tiny_file.with_name("bad.yaml")
    bad.write_text("extends: [tiny.yaml]\nnetworks: {generator: {use: infogan}}\ndataset: {size: 18}")
    first = ganlab("benchmark", bad, tiny_file, "--out", out)
    assert first.code == 1
    assert "1/2  bad/seed0  failed: exit code 1, error: " in first.out
    assert "images are of size 18" in first.out
    assert "1 of 2 runs failed: bad/seed0; call again to retry them" in first.err
    assert [row["recipe"] for row in rows(out)] == ["tiny"]
    bad.write_text("extends: [tiny.yaml]\nlosses: {adversarial: {use: hinge}}")
    assert ganlab("benchmark", bad, "--out", out).code == 0
    assert [row["recipe"] for row in rows(out)] == ["bad", "tiny"]


@pytest.mark.slow
def test_a_run_that_was_begun_goes_on_from_its_checkpoint(ganlab: Ganlab, tiny_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    call = ("benchmark", tiny_file, "--out", out)
    assert ganlab(*call).code == 0
    (out / "tiny" / "seed0.json").unlink()
    run = out / "runs" / "tiny" / "seed0"
    shutil.rmtree(run / "checkpoints" / "00000004")
    changed = ganlab(*call, "--set", "batch_size=9")
    assert changed.code == 1
    assert "was begun with another recipe" in changed.err
    assert ganlab(*call).code == 0
    assert f"run folder {run}" in run.with_suffix(".log").read_text()
    result = json.loads((out / "tiny" / "seed0.json").read_text())
    assert result["seconds"] is None
    assert [line["step"] for line in result["history"]] == [2, 4]


def test_a_damaged_result_is_named(ganlab: Ganlab, tiny_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "tiny" / "seed0.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    damaged = ganlab("benchmark", tiny_file, "--out", tmp_path / "out")
    assert damaged.code == 1
    assert "seed0.json is no result of a benchmark" in damaged.err


def test_two_benchmarks_do_not_write_to_one_folder(ganlab: Ganlab, tiny_file: Path, tmp_path: Path) -> None:
    with locked(tmp_path / "out" / "runs", option="--out"):
        refused = ganlab("benchmark", tiny_file, "--out", tmp_path / "out")
    assert refused.code == 1
    assert (
        f"is in use by process {os.getpid()}; wait for it, stop it, or name another folder with `--out`" in refused.err
    )


@pytest.mark.parametrize("numbers", ["a", "3-1", "1,", "-1", "0-99999999"])
def test_numbers_that_are_none_are_refused(ganlab: Ganlab, tiny_file: Path, numbers: str) -> None:
    refused = ganlab("benchmark", tiny_file, "--out", "out", f"--seeds={numbers}")
    assert refused.code == 2
    assert "give whole numbers and ranges, such as 1-5 or 0,2,7-9" in refused.err


def test_a_wrong_recipe_is_told_before_anything_runs(ganlab: Ganlab, tiny_file: Path, tmp_path: Path) -> None:
    wrong = ganlab("benchmark", tiny_file, "--out", "out", "--set", "stepps=3")
    assert wrong.code == 1
    assert "did you mean 'steps'" in wrong.err
    assert not (tmp_path / "out").exists()
