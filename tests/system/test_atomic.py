"""Whatever ends a writer, a place holds what it held before or all that was to be written, and nothing is left."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system.atomic import renamed_into_place, write_whole, written_aside
from ganlab_core.system.hidden import clear_left_over

KILLED = """
import os, signal, sys
from pathlib import Path
from ganlab_core.system.atomic import renamed_into_place
with renamed_into_place(Path(sys.argv[1])) as aside:
    aside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file that was written before."""
    write_whole(tmp_path / "file.json", "before")
    return tmp_path / "file.json"


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full once a file has so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill(folder: Path) -> None:
    """Write a folder with a file in it."""
    folder.mkdir()
    (folder / "inside.txt").write_text("new")


@pytest.mark.parametrize("content", ["täxt", b"\xff\0bytes"])
def test_text_and_bytes_take_the_place_of_an_older_file(place: Path, content: str | bytes) -> None:
    write_whole(place, content)
    assert place.read_bytes() == (content if isinstance(content, bytes) else content.encode("utf-8"))
    assert list(place.parent.iterdir()) == [place]


def test_a_folder_takes_the_place_of_an_empty_one_and_of_no_other(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with written_aside(tmp_path / "empty") as aside:
        fill(aside)
    assert (tmp_path / "empty" / "inside.txt").read_text() == "new"
    (tmp_path / "empty" / "mine.txt").write_text("mine")
    with pytest.raises(GanlabError, match="empty cannot be written"), written_aside(tmp_path / "empty") as aside:
        fill(aside)
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == ["inside.txt", "mine.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_folders_above_are_made_and_a_new_file_has_the_rights_of_any(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b" / "file", "")
    (tmp_path / "other").write_text("")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a" / "b" / "file", tmp_path / "other")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_body_that_fails_leaves_the_older_file_and_nothing_else(place: Path, failure: type[BaseException]) -> None:
    with pytest.raises(failure), written_aside(place) as aside:  # noqa: PT012 - the body is what is tested
        aside.write_text("half")
        raise failure
    with pytest.raises(failure), renamed_into_place(place.with_name("folder")) as aside:  # noqa: PT012
        fill(aside)
        raise failure
    assert place.read_text() == "before"
    assert list(place.parent.iterdir()) == [place]


def test_a_disk_that_is_full_leaves_the_older_file_and_is_told_of_the_place(place: Path) -> None:
    told = pytest.raises(GanlabError, match=r"file\.json cannot be written: File too large")
    with told, files_of_at_most(1000), written_aside(place) as aside:
        aside.write_text("x" * 5000)
    with pytest.raises(OSError, match="File too large"), files_of_at_most(1000):
        write_whole(place, "x" * 5000)
    assert place.read_text() == "before"
    assert list(place.parent.iterdir()) == [place]


def test_a_place_that_cannot_be_written_is_told_by_the_name_that_the_user_gave(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.parent)
    told = pytest.raises(GanlabError, match=r"^file\.json/inner cannot be written: File exists; name another place$")
    with told, written_aside(Path("file.json/inner")):
        pass
    with pytest.raises(FileNotFoundError) as caught, renamed_into_place(Path("nothing")):
        pass
    assert caught.value.filename == "nothing"
    for name in (".", "..", "folder/.."):
        with pytest.raises(GanlabError, match="cannot be written: Is a directory"), written_aside(Path(name)):
            pass


def test_a_writer_that_is_killed_leaves_the_older_file_and_the_next_one_goes_on(place: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert place.read_text() == "before"
    (left,) = place.parent.glob(".writing-*")
    assert left.is_dir()
    write_whole(place.with_name("another.json"), "after")
    assert sorted(path.name for path in place.parent.iterdir()) == ["another.json", "file.json"]
    assert place.read_text() == "before"


def test_what_a_process_of_the_same_number_left_is_neither_met_nor_followed(place: Path) -> None:
    left = place.with_name(f".writing-{os.getpid()}-{place.name}")
    left.symlink_to(place.with_name("mine"))
    place.with_name("mine").write_text("mine")
    place.with_name(".writing-00000007").mkdir()
    write_whole(place, "after")
    clear_left_over(place.parent)
    assert [(path.name, path.read_text()) for path in sorted(place.parent.iterdir())] == [
        ("file.json", "after"),
        ("mine", "mine"),
    ]


def test_of_two_writers_at_the_same_time_the_last_one_counts(place: Path) -> None:
    with renamed_into_place(place) as first, renamed_into_place(place) as second:
        first.write_text("first")
        second.write_text("second")
    assert place.read_text() == "first"
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("name", ["x" * 255, "x" * 251 + ".png", "ä" * 127])
def test_the_longest_name_that_a_file_can_have_can_be_written(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, "long")
    (tmp_path / name).unlink()
    with written_aside(tmp_path / name) as aside:
        assert aside.suffix == Path(name).suffix
        fill(aside)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("target", ["mine", "nowhere"])
def test_a_link_at_the_place_of_a_file_is_replaced_and_not_written_through(tmp_path: Path, target: str) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out").symlink_to(tmp_path / target)
    write_whole(tmp_path / "out", "new")
    assert not (tmp_path / "out").is_symlink()
    assert ((tmp_path / "out").read_text(), (tmp_path / "mine").read_text()) == ("new", "mine")


def test_a_folder_does_not_take_the_place_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "mine")
    told = pytest.raises(GanlabError, match="out cannot be written: Not a directory")
    with told, written_aside(tmp_path / "out") as aside:
        fill(aside)
    assert list((tmp_path / "mine").iterdir()) == []


def test_what_must_last_is_on_the_disk_with_its_folders_before_and_after_it_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    synced: list[tuple[int, bool]] = []
    place = tmp_path / "runs" / "checkpoint"
    monkeypatch.setattr("os.fsync", lambda file: synced.append((os.fstat(file).st_ino, place.exists())))
    with renamed_into_place(place) as aside:
        fill(aside)
    assert synced == []
    (place / "inside.txt").unlink()
    with renamed_into_place(place, durable=True) as aside:
        fill(aside)
        place.rmdir()
    file, folder, above = (path.stat().st_ino for path in (place / "inside.txt", place, place.parent))
    assert synced == [(file, False), (folder, False), (above, True)]


def test_the_folder_of_a_living_writer_is_left_to_it(tmp_path: Path) -> None:
    with renamed_into_place(tmp_path / "film.gif") as aside:
        clear_left_over(tmp_path)
        aside.write_bytes(b"frames")
        clear_left_over(tmp_path)
    assert (tmp_path / "film.gif").read_bytes() == b"frames"


def test_a_folder_takes_the_place_of_a_full_one_only_where_it_may(tmp_path: Path) -> None:
    for place in ("kept", "replaced"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "old").touch()

    def write(place: str, *, replacing: bool) -> None:
        with renamed_into_place(tmp_path / place, replacing=replacing) as aside:
            aside.mkdir()
            (aside / "new").touch()

    with pytest.raises(OSError, match="not empty"):
        write("kept", replacing=False)
    write("replaced", replacing=True)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["old"]
    assert [path.name for path in (tmp_path / "replaced").iterdir()] == ["new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "replaced"]
