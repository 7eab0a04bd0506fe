"""What is no regular file of a bounded size is one error, at once: no pipe is waited for and no device opened."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ganlab_core.system.links import leads_inside, links_in
from ganlab_core.system.regular_files import open_regular, read_regular
from tests.conftest import REPOSITORY


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # the name alone, since that of a socket may not be long


def a_link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def a_sparse_terabyte(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 40)


OTHERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe": (os.mkfifo, "it is no regular file"),
    "folder": (Path.mkdir, "it is no regular file"),
    "socket": (a_socket, "it is no regular file"),
    "link to a device": (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
    "link to a pipe": (a_link_to_a_pipe, "it is no regular file"),
    "sparse terabyte": (a_sparse_terabyte, "it is longer than 8 MiB"),
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("follow", [True, False])
def test_what_is_no_file_of_a_bounded_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, follow: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    make, reason = OTHERS[kind]
    make(tmp_path / "file")
    with pytest.raises(OSError, match=reason if follow or "link" not in kind else "it is a link"):
        read_regular(tmp_path / "file", follow=follow)


def test_a_file_that_the_user_named_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x" * 5)
    (tmp_path / "here").symlink_to("there")
    assert read_regular(tmp_path / "here", follow=True) == b"xxxxx"


def test_a_bound_is_kept_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 2048)
    assert len(read_regular(tmp_path / "file", most=2048)) == 2048
    with pytest.raises(OSError, match="longer than 1 KiB"):
        read_regular(tmp_path / "file", most=2047)


def test_a_file_that_is_read_bit_by_bit_has_no_bound(tmp_path: Path) -> None:
    a_sparse_terabyte(tmp_path / "file")
    with open_regular(tmp_path / "file") as stream:
        assert stream.read(4) == bytes(4)


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder holds folders in one another, more of them than Python's functions can call themselves."""
    monkeypatch.chdir(tmp_path)
    depth = sys.getrecursionlimit() + 100
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    os.symlink("/", "out")
    os.chdir(tmp_path)
    yield Path(*["d"] * depth, "out")
    os.chdir(os.path.join(*["d"] * depth))
    os.unlink("out")
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("d")


def test_links_are_found_however_deep_they_lie(deep: Path) -> None:
    assert list(links_in(Path())) == [deep]
    assert not leads_inside(deep, Path())


def test_a_link_to_itself_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert list(links_in(tmp_path)) == [tmp_path / "loop"]
    assert not leads_inside(tmp_path / "loop", tmp_path / "run")


ALLOWED = {
    "regular_files.py",
    "locking.py",  # Windows' way to see whether a lock is held
    "memory.py",  # a file of the system's
    "process_settings.py",  # the same, and libraries that are loaded
    "packaged.py",  # what an archive holds that Python runs code from
    "taking_place.py",  # what was written aside
    "places.py",  # opened to be written to
    "api.py",  # the source of modules of this program
    "sources.py",  # the first line of recipes that packages ship
    "survey.py",  # pictures have a reader of their own
    "decode.py",
    "idx_files.py",  # of which torchvision reads what is found to be a regular file
}


def test_files_are_opened_to_be_read_in_one_place() -> None:
    reading = re.compile(r"\.read_(text|bytes)\(|\.open\((\"rb?\"|encoding|newline|path)|[^.\w]open\(\w|safe_open\(")
    sources = [path for package in ("ganlab_core", "ganlab_elastic") for path in (REPOSITORY / package).rglob("*.py")]
    assert len(sources) > 200
    found = {path.name for path in sources if reading.search(path.read_text(encoding="utf-8"))}
    assert found - ALLOWED == {"files.py"}  # one tensor of many, by safetensors
