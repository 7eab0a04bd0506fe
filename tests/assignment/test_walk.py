"""Walking a folder lazily finds what reading it whole finds."""

from __future__ import annotations

import logging
from itertools import islice
from pathlib import Path

import pytest

from ganlab_core.assignment.walk import walk_images
from ganlab_core.datasets.image_files import image_paths


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_it_gives_the_same_files_in_the_same_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tmp_path / "root"
    for name in ("b/2.png", "b/10.png", "b.png", "a/z/1.jpg", "a/y.PNG", "a.b/1.png", "a/.hidden.png", ".git/1.png"):
        touch(root / name)
    for name in ("notes.txt", "b/none"):
        touch(root / name)
    touch(tmp_path / "outside" / "1.png")
    (root / "inner-link.png").symlink_to(root / "b.png")
    (root / "outer-link.png").symlink_to(tmp_path / "outside" / "1.png")
    (root / "broken.png").symlink_to(root / "gone.png")
    (root / "linked").symlink_to(tmp_path / "outside", target_is_directory=True)
    with caplog.at_level(logging.WARNING):
        found = list(walk_images(root))
    assert found == image_paths(root, asked_by="test")
    assert [str(path.relative_to(root)) for path in found[:3]] == ["a/y.PNG", "a/z/1.jpg", "a.b/1.png"]
    assert f"passed over 1 links that lead out of '{root}'" in caplog.text


def test_it_does_not_look_ahead(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        touch(tmp_path / name)
    walk = walk_images(tmp_path)
    assert [path.name for path in islice(walk, 2)] == ["1.png", "2.png"]
    touch(tmp_path / "b" / "0.png")  # a folder not yet entered
    assert [path.name for path in walk] == ["0.png", "1.png"]
