"""What is passed over below a folder is counted by kind, with the way out."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from PIL import Image

from ganlab_core.image_files.folders import require_image_folder
from ganlab_core.image_files.opening import SUFFIXES
from ganlab_core.image_files.walk import Walk, walk_images
from ganlab_core.interface.errors import GanlabError


def touch(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def png(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), 7).save(path, format="png")
    return path


def walked(folder: Path, *, follow_links: bool = False) -> tuple[list[str], list[str]]:
    walk = Walk(folder, follow_links=follow_links)
    return [str(path.relative_to(folder)) for path in walk], list(walk.passed_over())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.CR2", "1 raw photo (.cr2): export them as JPEG"),
        ("a.dng", "1 raw photo (.dng): export them as JPEG"),
        ("a.jxl", "1 JPEG XL image (.jxl): export them as JPEG or PNG"),
        ("a.mp4", "1 video (.mp4): save their frames as images"),
        ("a.zip", "1 archive (.zip): unpack them"),
        ("a.tar.gz", "1 archive (.gz): unpack them"),
        ("a.pdf", "1 document (.pdf): export their pages as PNG"),
        ("a.svg", "1 vector drawing (.svg): export them as PNG"),
        ("a.dcm", "1 medical or microscope's file (.dcm): export their pictures as 16-bit PNG or TIFF"),
        ("a.npy", "1 array of numbers (.npy): save their pictures as PNG or TIFF"),
        ("a.json", "1 other file (.json)"),
        ("a.xmp", "1 other file (.xmp)"),
        ("notes", "1 other file (no suffix)"),
        ("a.\x1b[31m", "1 other file (odd suffixes)"),
        ("._a.jpg", "1 thumbnail or other leaving of a program"),
        ("Thumbs.db", "1 thumbnail or other leaving of a program"),
        ("@eaDir/a.jpg", "1 thumbnail or other leaving of a program"),
        ("__MACOSX/b/a.jpg", "1 thumbnail or other leaving of a program"),
        (".thumbnails/a.jpg", "1 thumbnail or other leaving of a program"),
        (".hidden.png", "1 hidden file or folder"),
        (".git/a.png", "1 hidden file or folder"),
    ],
)
def test_each_kind_is_named_with_its_way_out(tmp_path: Path, name: str, said: str) -> None:
    touch(tmp_path / name)
    png(tmp_path / "good.png")
    found, passed_over = walked(tmp_path)
    assert found == ["good.png"]
    assert len(passed_over) == 1
    assert passed_over[0].startswith(said)


@pytest.mark.skipif(".heic" in SUFFIXES, reason="pillow-heif is installed, and reads them")
def test_heic_photos_are_counted_and_the_extra_that_reads_them_is_named(tmp_path: Path) -> None:
    for number in range(3):
        touch(tmp_path / f"IMG_{number}.HEIC", b"\0\0\0\x18ftypheic")
    touch(tmp_path / "a.heif")
    _, passed_over = walked(tmp_path)
    assert passed_over == [
        "4 HEIC photos (.heic, .heif): install what reads them (`pip install 'ganlab[heif]'`), or export them as JPEG"
    ]


@pytest.mark.skipif(".heic" not in SUFFIXES, reason="pillow-heif is not installed")
def test_heic_photos_are_read_where_the_extra_is_installed(tmp_path: Path) -> None:
    from ganlab_core.image_files.decode import read_picture

    Image.new("RGB", (64, 64), (200, 30, 30)).save(tmp_path / "a.heic")
    assert [path.name for path in walk_images(tmp_path)] == ["a.heic"]
    assert abs(int(read_picture(tmp_path / "a.heic", size=4, channels=3)[0, 0, 0]) - 200) < 8


@pytest.mark.parametrize("name", ["download", "picture.jpg_large", "photo.png~", "IMG.jpg.tmp"])
def test_an_image_that_is_called_otherwise_is_told_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    png(tmp_path / name)
    _, passed_over = walked(tmp_path)
    assert passed_over == [f"1 image without an image's suffix, such as '{name}': rename them, to .png or .jpg"]


@pytest.mark.parametrize("name", ["a.JPG", "a.Jpeg", "a.jfif", "a.TIF", "a.tiff", "a.PNG", "a.webp", "a.bmp"])
def test_suffixes_count_in_any_case(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    assert walked(tmp_path) == ([name], [])


def test_kinds_that_may_be_wanted_come_first_and_suffixes_by_their_number(tmp_path: Path) -> None:
    for name in ("a.json", "b.json", "c.txt", "d.csv", "d.nef", "e.cr2", "f.cr2"):
        touch(tmp_path / name)
    _, passed_over = walked(tmp_path)
    assert passed_over == [
        "3 raw photos (.cr2, .nef): export them as JPEG",
        "4 other files (.json, .csv, .txt)",
    ]


def test_a_pipe_is_passed_over_unopened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b")
    assert walked(tmp_path) == ([], ["2 pipes, sockets and devices"])


def test_linked_folders_are_said_or_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    png(root / "a.png")
    png(tmp_path / "elsewhere" / "b.png")
    (root / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "out.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    found, passed_over = walked(root)
    assert found == ["a.png"]
    assert passed_over[0].startswith("1 link to a folder: follow them (`--follow-links`, or `follow_links: true`")
    assert passed_over[1].startswith("1 links that lead out of")
    assert walked(root, follow_links=True) == (["a.png", "linked/b.png", "out.png"], [])


def test_links_in_circles_are_entered_once(tmp_path: Path) -> None:
    png(tmp_path / "a" / "1.png")
    for name in ("a/self", "a/up", "b"):
        (tmp_path / name).symlink_to(tmp_path / "a" if name != "a/up" else tmp_path, target_is_directory=True)
    found, passed_over = walked(tmp_path, follow_links=True)
    assert found == ["a/1.png"]
    assert passed_over == ["3 folders that are read by another path already"]


def test_it_is_counted_anew_at_each_walk_and_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    touch(tmp_path / "a.json")
    walk = Walk(tmp_path)
    assert (list(walk), list(walk)) == ([], [])
    assert walk.passed_over() == ["1 other file (.json)"]
    with caplog.at_level(logging.WARNING):
        assert list(walk_images(tmp_path, asked_by="test")) == []
    assert [record.message for record in caplog.records] == ["test: passed over 1 other file (.json)"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("photos.zip", r"'.*photos\.zip' is no folder; it is an archive: unpack it \(as `unzip` does\)"),
        ("photos.tar.gz", r"is no folder; it is an archive: unpack it \(as `tar -xf` does\)"),
        ("photo.JPG", r"is no folder; it is an image: give the folder that it lies in"),
        ("notes.txt", r"is no folder; give one that holds images"),
    ],
)
def test_what_is_given_as_a_folder_is_told_apart(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(GanlabError, match=said):
        require_image_folder(touch(tmp_path / name))
