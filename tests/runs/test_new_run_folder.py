"""Where a new run may begin: at the folder that is named, if nothing is there, or at a free name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError, Plugins, given_back, load_recipe, new_run_folder, train
from ganlab_core.training.session import Session, build_session


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


def test_a_folder_that_is_named_is_taken_and_nothing_is_made_yet() -> None:
    assert new_run_folder(Path("mine"), stem="photos") == Path("mine")
    assert not Path("mine").exists()
    Path("empty").mkdir()
    assert new_run_folder(Path("empty"), stem="photos") == Path("empty")


def test_without_a_name_it_is_the_first_free_one_under_runs_and_is_made() -> None:
    assert new_run_folder(None, stem="photos") == Path("runs/photos")
    Path("runs/photos-2").touch()
    assert new_run_folder(None, stem="photos") == Path("runs/photos-3")
    assert {path.name for path in Path("runs").iterdir() if path.is_dir()} == {"photos", "photos-3"}


def test_many_at_once_without_a_name_each_get_one_of_their_own() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: new_run_folder(None, stem="photos"), range(40)))
    assert {path.name for path in found} == {"photos", *(f"photos-{number}" for number in range(2, 41))}


def test_a_name_whose_run_did_not_begin_is_given_back() -> None:
    taken = new_run_folder(None, stem="photos")
    with pytest.raises(GanlabError, match="too few"), given_back(taken):
        raise GanlabError("too few")
    assert not Path("runs").exists()
    taken = new_run_folder(None, stem="photos")
    with given_back(taken):
        (taken / "recipe.yaml").touch()
    assert (taken / "recipe.yaml").exists()
    with given_back(None):
        pass


def test_a_file_in_the_place_of_all_runs_is_named() -> None:
    Path("runs").touch()
    with pytest.raises(GanlabError, match="runs is a file; name a folder with `--run FOLDER`"):
        new_run_folder(None, stem="photos")


def test_two_runs_that_begin_at_once_without_a_name_both_train(
    tiny: dict[str, Any], core_plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = load_recipe(tiny | {"samples": {"every": 0, "columns": 3}}, plugins=core_plugins)
    others: list[Path] = []

    def beside_another(*arguments: Any, **named: Any) -> Session:
        """Before the first run lays out its folder, the second begins and ends."""
        if not others:
            others.append(Path())
            others[0] = train(recipe, plugins=core_plugins).folder
        return build_session(*arguments, **named)

    monkeypatch.setattr("ganlab_core.training.run.build_session", beside_another)
    first = train(recipe, plugins=core_plugins).folder
    assert [first, *others] == [Path("runs/digits-seed0"), Path("runs/digits-seed0-2")]
    assert all((folder / "checkpoints/00000004").is_dir() for folder in (first, *others))


def test_a_run_without_a_name_that_cannot_begin_leaves_nothing(tiny: dict[str, Any], core_plugins: Plugins) -> None:
    recipe = load_recipe(tiny | {"batch_size": 10_000}, plugins=core_plugins)
    with pytest.raises(GanlabError, match="batch"):
        train(recipe, plugins=core_plugins)
    assert list(Path().iterdir()) == []


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
