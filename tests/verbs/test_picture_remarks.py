"""What a folder holds beside plain images is said by every verb that reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganlab_core.testing.fixtures import Ganlab
from ganlab_elastic.discover.survey import describe, survey_folder


def folder_of(path: Path, *, count: int = 12) -> Path:
    """Images of 10 bits and one that is blank, beside other files."""
    path.mkdir(parents=True)
    for number in range(count):
        values_HW = np.random.default_rng(number).integers(0, 1024, (16, 16))
        Image.fromarray(values_HW.astype(np.uint16)).save(path / f"{number:03d}.png")
    Image.new("L", (16, 16), 5).save(path / "blank.png")
    (path / "a.nef").touch()
    (path / "elsewhere").symlink_to(path.parent, target_is_directory=True)
    return path


SAID = (
    "passed over 1 raw photo (.nef): export them as JPEG",
    "passed over 1 link to a folder: follow them (`--follow-links`, or `follow_links: true` of the data set)",
    "of more than 8 bits, values of 0 to 1023 are read as black to white",
    "1 of 13 images are blank or nearly so as they are read",
)


@pytest.fixture
def recipe(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    folder_of(Path("photos"))
    tiny["dataset"] = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1}
    Path("recipe.yaml").write_text(json.dumps(tiny))
    return Path("recipe.yaml")


def test_training_says_it_and_a_resumed_run_reads_the_same(ganlab: Ganlab, recipe: Path) -> None:
    trained = ganlab("train", recipe, "--run", "run", "--steps", "2")
    assert trained.code == 0, trained.err
    for said in SAID:
        assert said in trained.log
    resumed = ganlab("train", "--resume", "run", "--steps", "4")
    assert resumed.code == 0, resumed.err


def test_the_doctor_says_it(ganlab: Ganlab, recipe: Path) -> None:
    assert ganlab("train", recipe, "--run", "run").code == 0
    looked = ganlab("doctor", "run", "--json")
    assert looked.code == 0
    found = [each for section in json.loads(looked.out)["sections"].values() for each in section]
    notes = [each["text"] for each in found if each["name"] == "images"]
    assert all(any(said in note for note in notes) for said in SAID)


def test_the_survey_says_it(tmp_path: Path) -> None:
    lines = describe(survey_folder(folder_of(tmp_path / "photos", count=100)))
    assert "passed over   1 raw photo (.nef): export them as JPEG" in lines
    assert "read so       of more than 8 bits, values of 0 to 1023 are read as black to white" in lines
    assert any(line.startswith("read so       1 of 101 images are blank") for line in lines)


def test_a_stack_of_pages_in_place_of_images_is_told_where_they_are_too_few(ganlab: Ganlab, tmp_path: Path) -> None:
    pages = [Image.effect_noise((16, 16), 50) for _ in range(120)]
    (tmp_path / "photos").mkdir()
    pages[0].save(tmp_path / "photos" / "stack.tif", save_all=True, append_images=pages[1:])
    said = ganlab("discover", tmp_path / "photos").err
    assert "holds 1 readable images; classes are found in 100 or more" in said
    assert "1 file has several pages or frames, 120 in all, of which the first alone is read" in said
    (tmp_path / "photos.zip").write_bytes(b"PK")
    assert "it is an archive: unpack it" in ganlab("discover", tmp_path / "photos.zip").err


def test_discover_takes_the_options_of_reading_into_its_recipe(ganlab: Ganlab, tmp_path: Path) -> None:
    folder_of(tmp_path / "elsewhere" / "photos", count=100)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "linked").symlink_to(tmp_path / "elsewhere" / "photos", target_is_directory=True)
    few = ganlab("discover", tmp_path / "root", "--minutes", "0.001")
    assert "holds 0 readable images" in few.err
    assert "passed over 1 link to a folder" in few.err
    followed = ganlab("discover", tmp_path / "root", "--minutes", "0.001", "--size", "16", "--follow-links")
    assert "images        101 in" in followed.out + followed.err
