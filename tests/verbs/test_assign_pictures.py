"""How `assign` and `balance` read a folder for a run: in the run's tones, and saying what they passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganlab_core.interface.tones import Tones
from ganlab_core.runs.loaded import load_run
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.assign.sources import folder_source
from tests.verbs.coded_run import coded_run, digit_files


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    """A run in the folder where `ganlab` is called."""
    return coded_run(tiny, Path("run"))


def deep_files(folder: Path, *, bits: int, count: int = 4) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        values_HW = np.random.default_rng(number).integers(0, 2**bits, (12, 12)).astype(np.uint16)
        Image.fromarray(values_HW).save(folder / f"{number}.png")
    return folder


def brightest(run: Path, folder: Path) -> int:
    with folder_source(folder, load_run(run)).opened() as batches:
        return max(int(batch.images_NCHW.max()) for batch in batches)


def test_a_folder_of_other_depth_than_the_runs_images_has_its_own_range(run: Path) -> None:
    source = folder_source(deep_files(Path("ten"), bits=10), load_run(run))
    assert source.manner is not None
    assert source.manner.tones.integers == (0.0, 1023.0)
    assert source.remarks == ["of more than 8 bits, values of 0 to 1023 are read as black to white"]
    assert brightest(run, Path("ten")) > 200


def test_assign_says_what_it_passed_over_and_how_it_read(ganlab: Ganlab, run: Path) -> None:
    folder = deep_files(Path("photos"), bits=10)
    Image.new("L", (12, 12), 9).save(folder / "blank.png")
    for name in ("a.cr2", "b.json", "._0.png"):
        (folder / name).touch()
    said = ganlab("assign", run, folder, "--out", "a.csv").out
    assert "passed over   1 raw photo (.cr2): export them as JPEG" in said
    assert "passed over   1 other file (.json)" in said
    assert "passed over   1 thumbnail or other leaving of a program" in said
    assert "read so       of more than 8 bits, values of 0 to 1023 are read as black to white" in said
    assert "read so       1 of 5 images are blank or nearly so" in said
    values = json.loads(ganlab("assign", run, folder, "--out", "a.csv", "--json").out)
    assert len(values["passed_over"]) == 3
    assert len(values["remarks"]) == 2


def test_balance_says_it_too(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    folder = Path("photos")
    (folder / "a.heicx").touch()
    (folder / "video.mp4").touch()
    outcome = ganlab("balance", run, folder, "--out", "out")
    assert "passed over   1 video (.mp4)" in outcome.out
    values = json.loads(ganlab("balance", run, folder, "--out", "out2", "--json").out)
    assert values["passed_over"][1] == "1 other file (.heicx)"


def test_links_to_folders_are_said_and_followed_where_asked_for(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("elsewhere"))
    Path("photos").mkdir()
    Path("photos/linked").symlink_to(Path("elsewhere").resolve(), target_is_directory=True)
    refused = ganlab("assign", run, "photos", "--out", "a.csv")
    assert refused.code == 1
    assert "passed over 1 link to a folder: follow them (`--follow-links`" in refused.err
    followed = ganlab("assign", run, "photos", "--out", "a.csv", "--follow-links", "--json")
    assert json.loads(followed.out)["images"] == 12
    assert ganlab("balance", run, "photos", "--out", "b", "--follow-links").code == 0


def test_the_limit_of_pixels_is_named_and_raised_by_an_option(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    Image.new("1", (1500, 1000)).save("photos/large.png")
    few = json.loads(ganlab("assign", run, "photos", "--out", "a.csv", "--megapixels", "1", "--json").out)
    assert "1500 x 1000, 2 megapixels, and 1 are read" in Path(few["unreadable_list"]).read_text()
    more = json.loads(ganlab("assign", run, "photos", "--out", "a.csv", "--megapixels", "2", "--json").out)
    assert (few["unreadable"], more["unreadable"]) == (1, 0)


def test_an_archive_given_as_a_folder_is_to_be_unpacked(ganlab: Ganlab, run: Path) -> None:
    Path("photos.zip").write_bytes(b"PK")
    for verb in ("assign", "balance"):
        said = ganlab(verb, run, "photos.zip", "--out", "a.csv").err
        assert "'photos.zip' is no folder; it is an archive: unpack it (as `unzip` does)" in said
    assert "--megapixels is about a folder" in ganlab("assign", run, "--out", "a.csv", "--megapixels", "9").err


def test_a_runs_tones_are_frozen_with_it_and_others_files_read_in_them(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    deep_files(Path("twelve"), bits=12, count=12)
    dataset = {"use": "image-folder", "root": "twelve", "size": 16, "channels": 1}
    loaded = load_run(coded_run(tiny, Path("run"), dataset=dataset))
    assert loaded.facts.tones == Tones(integers=(0.0, 4095.0))
    assert json.loads(Path("run/data.json").read_text())["tones"]["integers"] == [0.0, 4095.0]
    assert 50 < brightest(Path("run"), deep_files(Path("ten"), bits=10)) < 70  # a quarter of the run's range
    source = folder_source(Path("ten"), loaded)
    assert source.manner == replace(loaded.manner, tones=Tones(integers=(0.0, 4095.0)))


def test_a_run_of_before_has_no_tones_and_is_loaded(ganlab: Ganlab, run: Path) -> None:
    values = json.loads((run / "data.json").read_text())
    values.pop("tones", None)
    (run / "data.json").write_text(json.dumps(values))
    assert load_run(run).facts.tones is None
    assert brightest(run, deep_files(Path("ten"), bits=10)) > 200
