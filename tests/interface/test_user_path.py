"""Paths as users write them in recipes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core import load_plugins, load_recipe, user_path
from ganlab_core.recipe.build import build_data


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("~/x", "/home/me/x"),
        ("$HOME/x", "/home/me/x"),
        ("${HOME}/x", "/home/me/x"),
        ("$HOME", "/home/me"),
        ("$HOMES/x", "$HOMES/x"),
        ("a/$HOME", "a/$HOME"),
        ("$SECRET/x", "$SECRET/x"),
        ("x", "x"),
    ],
)
def test_the_home_folder_is_replaced_and_no_other_variable(
    written: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("SECRET", "password")
    assert user_path(written) == Path(meant)


def test_a_folder_of_images_may_lie_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "photos").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "photos" / "a.png")
    plugins = load_plugins({"GANLAB_PLUGINS": ""})
    recipe = load_recipe(
        dataset="image-folder", overrides=["dataset.root=$HOME/photos", "dataset.size=8"], plugins=plugins
    )
    assert len(build_data(recipe.dataset, plugins)) == 1
