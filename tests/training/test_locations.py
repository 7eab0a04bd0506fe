"""A run finds its files wherever it goes on, and goes on with the same files wherever they lie."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from ganlab_core import GanlabError, Imbalance, Location, load_run
from ganlab_core.interface.judge import Judge
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.type_text import type_text
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.relocate import relocate
from ganlab_core.training.run import resume, train


def draw(folder: Path, *, seed: int = 0) -> None:
    """Twelve images of each of two classes."""
    random = np.random.default_rng(seed)
    for label in range(2):
        (folder / str(label)).mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 256, (16, 16), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / str(label) / f"{number:02d}.png")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that ganlab is called in, with images in `photos`."""
    folder = tmp_path / "work"
    folder.mkdir()
    draw(folder / "photos")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def recipe(tiny: dict[str, Any]) -> dict[str, Any]:
    """A recipe of the images in `photos`, which it names from the folder that ganlab is called in."""
    tiny["dataset"] = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1}
    return tiny


def began(recipe: dict[str, Any], plugins: Plugins) -> Path:
    """A run that stopped after two steps."""
    loaded = load_recipe(recipe, plugins=plugins)
    return train(loaded, run=Path("run").absolute(), plugins=plugins, pause=lambda done: done == 2).folder


def root_of(run: Path, plugins: Plugins) -> str:
    return str(load_recipe(run / "recipe.yaml", plugins=plugins).dataset.arguments["root"])


def test_a_run_of_a_relative_root_goes_on_from_wherever_it_is_called(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = began(recipe, core_plugins)
    assert root_of(run, core_plugins) == str(work / "photos")
    monkeypatch.chdir(tmp_path)
    resume(run, plugins=core_plugins)
    assert "diversity" in load_run(run, plugins=core_plugins).evaluate()


def test_files_and_folders_that_a_recipe_names_are_kept_whole(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(work / "home"))
    recipe["dataset"] |= {"root": "~/photos", "imbalance": {"file": "counts.csv", "row": 1}}
    recipe["judge"] = {"weights": "judges/one.safetensors"}
    found = load_recipe(recipe, plugins=core_plugins)
    assert found.locations == {"dataset.root", "dataset.imbalance.file", "judge.weights"}
    assert found.dataset.arguments["root"] == str(work / "home" / "photos")
    assert found.dataset.arguments["imbalance"]["file"] == str(work / "counts.csv")
    assert found.judge.weights == str(work / "judges" / "one.safetensors")


def test_a_file_inside_a_package_stays_as_it_is_named(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins
) -> None:
    recipe["dataset"]["imbalance"] = {"file": "ganlab_elastic:mnist_splits.csv", "row": 1}
    found = load_recipe(recipe, plugins=core_plugins)
    assert found.dataset.arguments["imbalance"]["file"] == "ganlab_elastic:mnist_splits.csv"
    assert Imbalance(file="ganlab_elastic:mnist_splits.csv", row=1).file == "ganlab_elastic:mnist_splits.csv"


@pytest.mark.parametrize(
    ("root", "message"), [("", "is empty; name a file"), ("~nobody-here/x", "give the whole path")]
)
def test_a_location_from_nowhere_is_refused(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins, root: str, message: str
) -> None:
    recipe["dataset"]["root"] = root
    with pytest.raises(GanlabError, match=rf"dataset\.root: .*{message}"):
        load_recipe(recipe, plugins=core_plugins)


def test_a_relative_root_that_is_not_there_is_named_whole_with_the_folder_that_it_begins_in(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins
) -> None:
    recipe["dataset"]["root"] = "pictures"
    begins = f"a path that is not whole begins in the folder that ganlab is called in, '{work}'"
    with pytest.raises(GanlabError, match=rf"root '{work}/pictures' \({begins}\) is no folder"):
        train(load_recipe(recipe, plugins=core_plugins), run=Path("run"), plugins=core_plugins)


def test_a_run_goes_on_with_images_that_moved(work: Path, recipe: dict[str, Any], core_plugins: Plugins) -> None:
    run = began(recipe, core_plugins)
    (work / "photos").rename("pictures")
    with pytest.raises(GanlabError, match=r"photos'.* is no folder; give one.*--set dataset\.root=FOLDER"):
        resume(run, plugins=core_plugins)
    loaded = load_run(run, overrides=["dataset.root=pictures"], plugins=core_plugins)
    assert "diversity" in loaded.evaluate()
    assert root_of(run, core_plugins) == str(work / "photos")  # to look at it has written nothing
    resume(run, overrides=["dataset.root=pictures"], plugins=core_plugins)
    assert root_of(run, core_plugins) == str(work / "pictures")
    assert "diversity" in load_run(run, plugins=core_plugins).evaluate()


def test_other_images_are_not_taken_for_those_that_moved(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins
) -> None:
    run = began(recipe, core_plugins)
    draw(work / "others", seed=1)
    for look in (
        lambda: resume(run, overrides=["dataset.root=others"], plugins=core_plugins),
        lambda: load_run(run, overrides=["dataset.root=others"], plugins=core_plugins).evaluate(),
        lambda: relocate(run, ["dataset.root=others"], plugins=core_plugins),
    ):
        with pytest.raises(GanlabError, match="holds other images than"):
            look()
    assert root_of(run, core_plugins) == str(work / "photos")


@pytest.mark.parametrize("override", ["dataset.size=8", "seed=1", "dataset.classes=none", "~dataset.root", "steps=9"])
def test_nothing_but_places_changes_of_a_run_that_is_looked_at(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins, override: str
) -> None:
    run = began(recipe, core_plugins)
    with pytest.raises(GanlabError):
        load_run(run, overrides=[override], plugins=core_plugins)


def test_the_command_that_may_be_given_again_may_name_the_new_place(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins
) -> None:
    run = began(recipe, core_plugins)
    (work / "photos").rename("pictures")
    again = load_recipe(recipe, overrides=["dataset.root=pictures"], plugins=core_plugins)
    train(again, run=run, or_resume=True, plugins=core_plugins)
    assert root_of(run, core_plugins) == str(work / "pictures")


def test_a_run_is_told_where_its_images_lie_by_now(work: Path, recipe: dict[str, Any], core_plugins: Plugins) -> None:
    run = began(recipe, core_plugins)
    (work / "photos").rename("pictures")
    relocate(run, ["dataset.root=pictures"], plugins=core_plugins)
    assert root_of(run, core_plugins) == str(work / "pictures")
    before: Recipe = load_recipe(recipe, overrides=["dataset.root=pictures"], plugins=core_plugins)
    assert load_recipe(run / "recipe.yaml", plugins=core_plugins) == before


def test_another_judge_under_the_same_name_is_noticed_and_the_same_one_may_move(
    work: Path, recipe: dict[str, Any], core_plugins: Plugins
) -> None:
    save_file(Judge(channels=1, classes=2).state_dict(), "judge.safetensors")
    recipe["judge"] = {"weights": "judge.safetensors"}
    run = began(recipe, core_plugins)
    shutil.move("judge.safetensors", "moved.safetensors")
    with pytest.raises(GanlabError, match=r"judge\.weights: there is no file '.*judge\.safetensors'"):
        resume(run, plugins=core_plugins)
    save_file({name: value + 1 for name, value in load_file("moved.safetensors").items()}, "judge.safetensors")
    with pytest.raises(GanlabError, match=r"holds another judge than .*run began with"):
        resume(run, plugins=core_plugins)
    resume(run, overrides=["judge.weights=moved.safetensors"], plugins=core_plugins)


def test_a_location_is_called_a_path() -> None:
    assert type_text(Location) == "path"
