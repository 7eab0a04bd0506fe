"""Walking a folder: what is found, in which order, and when it is looked at."""

from __future__ import annotations

import errno
import logging
import os
from itertools import islice
from pathlib import Path

import pytest

from ganlab_core.image_files.walk import walk_images


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_it_finds_images_in_the_order_of_their_paths(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
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
        found = [str(path.relative_to(root)) for path in walk_images(root, asked_by="test")]
    assert found == ["a/y.PNG", "a/z/1.jpg", "a.b/1.png", "b/10.png", "b/2.png", "b.png", "inner-link.png"]
    assert f"test: passed over 1 links that lead out of '{root}'" in caplog.text
    assert f"test: passed over 1 files in '{root}' that cannot be reached" in caplog.text  # broken.png


def test_a_folder_that_may_be_listed_and_not_entered_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        touch(tmp_path / name)
    look = os.stat

    def refuse_a(path: Path, **options: bool) -> os.stat_result:  # as for a user other than root, who may enter it
        if Path(path).parent == tmp_path / "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path, **options)

    monkeypatch.setattr(os, "stat", refuse_a)
    with caplog.at_level(logging.WARNING):
        assert list(walk_images(tmp_path)) == [tmp_path / "b" / "1.png"]
    assert f"passed over 2 files in '{tmp_path}' that cannot be reached" in caplog.text


def test_it_does_not_look_ahead(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        touch(tmp_path / name)
    walk = walk_images(tmp_path)
    assert [path.name for path in islice(walk, 2)] == ["1.png", "2.png"]
    touch(tmp_path / "b" / "0.png")  # a folder not yet entered
    assert [path.name for path in walk] == ["0.png", "1.png"]


def test_it_goes_as_deep_as_paths_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deepest = tmp_path.joinpath(*["d"] * 1200)  # deeper than Python calls functions
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        Path("d").mkdir()
        os.chdir("d")
    Path("1.png").touch()
    assert list(walk_images(tmp_path)) == [deepest / "1.png"]
    (tmp_path / "kept").touch()
    Path("1.png").unlink()
    os.removedirs(deepest)


def test_a_link_that_leads_nowhere_hides_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "beyond").symlink_to(tmp_path / "a.png" / "x")
    assert list(walk_images(tmp_path)) == [tmp_path / "a.png"]
    assert list(walk_images(tmp_path, follow_links=True)) == [tmp_path / "a.png"]
