"""Where a new run may begin: at the folder that is named, if nothing is there, or at a free name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core import GanlabError, new_run_folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


def test_a_folder_that_is_named_is_taken_and_nothing_is_made_yet() -> None:
    assert new_run_folder(Path("mine"), stem="photos") == Path("mine")
    assert not Path("mine").exists()
    Path("empty").mkdir()
    assert new_run_folder(Path("empty"), stem="photos") == Path("empty")


def test_without_a_name_it_is_the_first_free_one_under_runs() -> None:
    assert new_run_folder(None, stem="photos") == Path("runs/photos")
    for name in ("photos", "photos-2"):
        Path("runs", name).mkdir(parents=True)
    assert new_run_folder(None, stem="photos") == Path("runs/photos-3")


def test_a_folder_that_holds_a_run_or_anything_else_is_refused() -> None:
    Path("run").mkdir()
    Path("run/recipe.yaml").write_text("steps: 3\n")
    with pytest.raises(GanlabError, match=r"^run already holds a run of another recipe; go on with it"):
        new_run_folder(Path("run"), stem="photos")
    Path("photos").mkdir()
    Path("photos/1.png").touch()
    with pytest.raises(GanlabError, match=r"^photos is not empty and holds no run; name another folder"):
        new_run_folder(Path("photos"), stem="photos")


def test_a_name_that_no_folder_can_have_is_refused() -> None:
    with pytest.raises(GanlabError, match="holds a NUL"):
        new_run_folder(Path("a\0b"), stem="photos")
