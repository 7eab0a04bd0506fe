"""One grammar for all verbs that read the images of a run: `--set dataset.root=FOLDER` says where they lie by now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganlab_core.testing.fixtures import Ganlab
from tests.verbs.coded_run import coded_run, digit_files

MOVED = ("--set", "dataset.root=pictures")


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    """A run on images that moved from `photos` to `pictures`."""
    digit_files(Path("photos"))
    dataset = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1}
    run = coded_run(tiny, Path("run"), dataset=dataset)
    Path("photos").rename("pictures")
    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "run"),
        ("report", "run"),
        ("balance", "run", "--out", "balanced"),
        ("assign", "run", "--out", "codes.csv"),
        ("doctor", "run"),
        ("train", "--resume", "run", "--steps", "3"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_verb_is_told_where_the_images_lie(ganlab: Ganlab, run: Path, arguments: tuple[str, ...]) -> None:
    lost = ganlab(*arguments)
    assert "pictures" not in lost.err
    if arguments[0] not in ("report", "doctor"):  # these go on, and say it
        assert lost.code == 1
        assert f"root '{Path('photos').absolute()}'" in lost.err
    told = ganlab(*arguments, *MOVED)
    assert told.code == 0, told.err + told.out


def test_a_place_goes_with_a_run_alone(ganlab: Ganlab) -> None:
    outcome = ganlab("doctor", *MOVED)
    assert outcome.code == 2
    assert "is about a run; name it" in outcome.err


@pytest.mark.usefixtures("run")
def test_the_doctors_command_says_where_the_images_lie(ganlab: Ganlab) -> None:
    assert "ganlab train --resume run --set dataset.root=pictures" in ganlab("doctor", "run", *MOVED).out


@pytest.mark.usefixtures("run")
def test_what_was_passed_over_is_said_line_by_line(ganlab: Ganlab) -> None:
    Path("films").mkdir()
    Path("films/a.mp4").touch()
    refused = ganlab("assign", "run", "films", "--out", "codes.csv")
    assert refused.code == 1
    assert "holds no image file; give a folder of images\n  passed over 1 video" in refused.err
