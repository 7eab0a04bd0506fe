"""Several outputs of one call: all take their places or none does, into pipes and devices too."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import pytest

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system import atomic, hidden
from ganlab_core.system.atomic import Outputs, placed_together, written_aside, written_together
from ganlab_core.system.hidden import clear_left_over, make_hidden
from ganlab_core.system.places import fitting_name, is_printed, is_stream, require_new_folder

PRINTED = """
import sys
from pathlib import Path
from ganlab_core.system.atomic import written_aside
print("before")
with written_aside(Path(sys.argv[1])) as aside:
    aside.write_text("table\\n")
print("after")
"""


def fill(outputs: Outputs, folder: Path) -> None:
    """A file that replaces one, a new file, a folder, and an older file that is done away with."""
    outputs.aside(folder / "table.csv").write_text("new")
    outputs.aside(folder / "new" / "extra.npz").write_text("new")
    outputs.aside(folder / "sorted").mkdir()
    outputs.remove(folder / "table.unreadable.csv")


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A folder with what an earlier call left."""
    for name in ("table.csv", "table.unreadable.csv"):
        (tmp_path / name).write_text("older")
    (tmp_path / "sorted").mkdir()
    return tmp_path


def seen(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


def test_all_outputs_are_there_at_the_end_and_an_older_one_that_none_replaces_is_gone(older: Path) -> None:
    with placed_together() as outputs:
        fill(outputs, older)
        assert seen(older)["table.csv"] == "older"
    assert seen(older) == {"table.csv": "new", "new": "folder", "new/extra.npz": "new", "sorted": "folder"}
    assert outputs.places == [str(older / name) for name in ("table.csv", "new/extra.npz", "sorted")]


@pytest.mark.parametrize("failing", ["table.csv", "extra.npz", "sorted", "table.unreadable.csv"])
def test_where_one_cannot_take_its_place_the_others_give_theirs_back(
    older: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    before = seen(older)

    def refuse(source: Path, target: Path) -> None:
        if Path(target).name == failing and "older" not in Path(source).parts:
            raise OSError(28, "No space left on device", str(target))
        original(source, target)

    original = os.replace if failing != "table.unreadable.csv" else os.rename
    monkeypatch.setattr(os, original.__name__, refuse)
    with pytest.raises(GanlabError, match=f"{failing} cannot be written: No space"), written_together() as outputs:
        fill(outputs, older)
    monkeypatch.undo()
    assert seen(older) == before


def test_a_file_system_without_second_names_gives_back_as_well(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    before = seen(older)
    monkeypatch.setattr(os, "link", no_links)
    (older / "taken").mkdir()
    (older / "taken" / "mine").touch()
    with pytest.raises(OSError, match="not empty"), placed_together() as outputs:  # noqa: PT012
        outputs.aside(older / "table.csv").write_text("new")
        outputs.aside(older / "taken").mkdir()
    assert (older / "table.csv").read_text() == before["table.csv"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_exception_leaves_all_as_it_was_and_no_folder_that_was_made(
    older: Path, failure: type[BaseException]
) -> None:
    before = seen(older)
    with pytest.raises(failure), placed_together() as outputs:  # noqa: PT012 - the body is what is tested
        fill(outputs, older)
        raise failure
    assert seen(older) == before


def test_a_place_named_twice_is_refused_and_one_in_a_folder_of_the_same_call_lies_there(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"x\.csv is named for two outputs"), written_together() as outputs:  # noqa: PT012
        outputs.aside(tmp_path / "x.csv")
        outputs.aside(tmp_path / "x.csv")
    with written_together() as outputs:
        outputs.aside(tmp_path / "out").mkdir()
        outputs.aside(tmp_path / "out" / "deep" / "grid.png").write_text("grid")
    assert seen(tmp_path) == {"out": "folder", "out/deep": "folder", "out/deep/grid.png": "grid"}


def test_a_full_disk_names_the_places_and_a_file_that_is_read_names_itself(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = pytest.raises(GanlabError, match=r"a\.csv, \S*b\.csv cannot be written: File too large; name another place")
    with told, written_together() as outputs:
        first, second = (outputs.aside(tmp_path / name) for name in ("a.csv", "b.csv"))
        first.write_text("small")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        try:
            second.write_text("x" * 5000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with pytest.raises(GanlabError, match=r"gone\.png: No such file or directory; nothing was written$"):  # noqa: SIM117
        with written_aside(tmp_path / "a.csv"):
            (tmp_path / "gone.png").read_bytes()
    assert seen(tmp_path) == {}


def test_what_a_living_writer_holds_is_not_swept_and_what_a_dead_one_left_is(tmp_path: Path) -> None:
    held = make_hidden(tmp_path)
    (tmp_path / ".writing-dead" / "new").mkdir(parents=True)
    (tmp_path / ".writing-dead" / "lock").touch()
    clear_left_over(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [held.path.name]
    held.remove()
    assert seen(tmp_path) == {}


def test_a_sweep_follows_no_link_and_empties_no_file_that_one_leads_to(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("mine")
    (tmp_path / ".writing-a").symlink_to(tmp_path / "mine")
    (tmp_path / ".writing-b").mkdir()
    (tmp_path / ".writing-b" / "lock").symlink_to(tmp_path / "mine" / "thesis.tex")
    (tmp_path / ".writing-b" / "new").symlink_to(tmp_path / "mine")
    clear_left_over(tmp_path)
    assert seen(tmp_path) == {"mine": "folder", "mine/thesis.tex": "mine"}


def test_a_writer_whose_folder_is_swept_before_it_is_held_takes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    original = hidden._locked

    def swept_once(path: Path) -> object:
        made.append(path)
        if len(made) == 1:
            path.rmdir()
        return original(path)

    monkeypatch.setattr(hidden, "_locked", swept_once)
    with placed_together() as outputs:
        outputs.aside(tmp_path / "table.csv").write_text("new")
    assert made
    assert seen(tmp_path) == {"table.csv": "new"}


def test_a_pipe_gets_the_whole_and_stays_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()), daemon=True)
    reader.start()
    with written_together() as outputs:
        outputs.aside(tmp_path / "pipe").write_bytes(b"x" * 200_000)
        outputs.aside(tmp_path / "other").write_text("")
    reader.join()
    assert got == [b"x" * 200_000]
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_stays_and_a_full_one_leaves_the_other_outputs_as_they_were(older: Path) -> None:
    before = seen(older)
    with written_aside(Path("/dev/null")) as aside:
        aside.write_text("nothing")
    assert Path("/dev/null").is_char_device()
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(GanlabError, match="No space left on device"), written_together() as outputs:  # noqa: PT012
        fill(outputs, older)
        outputs.aside(Path("/dev/full")).write_text("x")
    assert seen(older) == before


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_goes_to_standard_output_comes_between_what_is_printed_whatever_that_is(tmp_path: Path, name: str) -> None:
    if not Path(name).exists():
        pytest.skip(f"no {name} here")
    with (tmp_path / "said").open("wb") as file:
        subprocess.run([sys.executable, "-c", PRINTED, name], stdout=file, check=True)
    assert (tmp_path / "said").read_text() == "before\ntable\nafter\n"
    piped = subprocess.run([sys.executable, "-c", PRINTED, name], stdout=subprocess.PIPE, check=True)
    assert piped.stdout == b"before\ntable\nafter\n"


def test_streams_are_told_from_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    found = {name: is_stream(tmp_path / name) for name in ("file", "pipe", "missing", ".")}
    assert found == {"file": False, "pipe": True, "missing": False, ".": False}
    assert is_stream(Path("/dev/null"))
    assert not is_printed(tmp_path / "file")
    assert not is_printed(tmp_path / "pipe")
    with pytest.raises(GanlabError, match=r"^--out /dev/null is a pipe or a device; name a folder"):
        require_new_folder(Path("/dev/null"), option="--out")


def test_a_name_that_is_too_long_is_cut_before_its_ending_and_never_within_a_letter(tmp_path: Path) -> None:
    assert fitting_name("short", "-1.png", folder=tmp_path) == "short-1.png"
    for stem in ("x" * 251, "ä" * 125, "caf\udce9" * 62):
        name = fitting_name(stem, "-1234.png", folder=tmp_path)
        assert name.endswith("-1234.png")
        assert 250 <= len(os.fsencode(name)) <= 255
        (tmp_path / name).touch()


def test_a_new_folder_may_hold_what_a_killed_writer_left(tmp_path: Path) -> None:
    (tmp_path / "out" / ".writing-dead").mkdir(parents=True)
    require_new_folder(tmp_path / "out", option="--out")
    assert seen(tmp_path) == {"out": "folder"}


def test_names_stay_as_they_were_while_a_file_system_has_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(self: object, **options: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(filelock.FileLock, "acquire", no_locks)
    (tmp_path / ".writing-another").mkdir()
    with atomic.placed_together() as outputs:
        outputs.aside(tmp_path / "table.csv").write_text("new")
    assert seen(tmp_path) == {"table.csv": "new", ".writing-another": "folder"}
