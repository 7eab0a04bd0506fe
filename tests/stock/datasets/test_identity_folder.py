"""Frames of people in videos: whom and which are taken, in which order, and folders that are laid out otherwise."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganlab_core.interface.errors import GanlabError
from ganlab_core.stock.datasets.identity_folder import identity_folder
from ganlab_core.stock.datasets.imbalance import Imbalance

Videos = Mapping[str, int]


def save(path: Path, *, grey: int = 0, size: tuple[int, int] = (8, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (grey, grey, grey)).save(path)
    return path


def write_person(root: Path, name: str, videos: Videos, *, grey: int = 0) -> None:
    """So many frames of each video, numbered across 99 and 100 as YouTube-Faces does, each brighter than the last."""
    for video, frames in videos.items():
        for number in range(frames):
            save(root / name / video / f"aligned_detect_{video}.{95 + number}.png", grey=grey + number)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_person(tmp_path, "Bob", {"0": 7}, grey=100)
    write_person(tmp_path, "Ann", {"2": 3, "10": 2}, grey=200)
    write_person(tmp_path, "Cy", {"0": 5}, grey=0)
    write_person(tmp_path, "Di", {"1": 1}, grey=50)
    return tmp_path


def greys(root: Path, **arguments: object) -> list[int]:
    data = identity_folder(root=str(root), **{"size": 4, "every": 1, **arguments})  # type: ignore[arg-type]
    return [int(value) for value in data.images_NCHW[:, 0, 0, 0]]


def test_people_are_classes_in_alphabetical_order_and_keep_their_unequal_counts(root: Path) -> None:
    data = identity_folder(root=str(root), people=4, every=1)
    assert data.class_names == ("Ann", "Bob", "Cy", "Di")
    assert data.class_counts == (5, 7, 5, 1)
    assert data.labels_N is not None
    assert data.labels_N.tolist() == [0] * 5 + [1] * 7 + [2] * 5 + [3]
    assert data.image_shape == (3, 64, 64)


def test_a_frames_part_is_padded_or_stretched_where_that_is_asked_for(tmp_path: Path) -> None:
    frame = Image.new("RGB", (16, 32), (50, 50, 50))
    frame.paste((90, 90, 90), (6, 12, 10, 20))  # within the kept part, which is 8 x 16
    (tmp_path / "Ann" / "0").mkdir(parents=True)
    frame.save(tmp_path / "Ann" / "0" / "0.png")
    shown = {
        fit: identity_folder(root=str(tmp_path), size=16, channels=1, people=1, fit=fit).images_NCHW[0, 0]
        for fit in ("pad", "stretch")
    }
    assert [int(image_HW.eq(90).sum()) for image_HW in shown.values()] == [4 * 8, 6 * 8]
    assert shown["pad"][:, :6].eq(50).all()


def test_frames_and_videos_are_in_the_order_of_their_numbers(root: Path) -> None:
    assert greys(root, people=("Ann", "Bob")) == [200, 201, 202, 200, 201, 100, 101, 102, 103, 104, 105, 106]


def test_one_frame_in_so_many_is_kept_of_each_video_and_always_the_first(root: Path) -> None:
    assert greys(root, people=("Ann", "Bob"), every=3) == [200, 200, 100, 103, 106]
    assert greys(root, people=("Ann", "Bob"), every=100) == [200, 200, 100]


def test_those_with_most_frames_before_thinning_are_taken_and_ties_go_by_name(root: Path) -> None:
    write_person(root, "Eve", {str(video): 1 for video in range(6)})  # most images once thinned, not most frames
    taken = [identity_folder(root=str(root), people=count, every=5).class_names for count in (1, 2, 3, 4)]
    assert taken == [("Bob",), ("Bob", "Eve"), ("Ann", "Bob", "Eve"), ("Ann", "Bob", "Cy", "Eve")]


def test_listed_people_are_taken_however_few_frames_they_have(root: Path) -> None:
    data = identity_folder(root=str(root), people=("Di", "Ann", "Di"), every=1)
    assert (data.class_names, data.class_counts) == (("Ann", "Di"), (5, 1))


def test_files_that_are_no_images_lie_where_they_like(root: Path) -> None:
    (root / "Bob.labeled_faces.txt").write_text("as YouTube-Faces has them")
    (root / "Bob" / "notes.txt").write_text("no image")
    (root / "Nobody").mkdir()
    assert len(identity_folder(root=str(root), people=4, every=1)) == 18


@pytest.mark.parametrize("size", [(60, 40), (40, 60), (41, 40)])
def test_the_crop_is_centred_and_a_fraction_of_the_shorter_side(tmp_path: Path, size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "blue")
    left, top = (size[0] - 20) / 2, (size[1] - 20) / 2
    image.paste("red", (int(left), int(top), int(left + 20.5), int(top + 20.5)))
    path = tmp_path / "Ann" / "0" / "0.1.png"
    path.parent.mkdir(parents=True)
    image.save(path)
    arguments = {"root": str(tmp_path), "size": 20, "people": 1}
    half_CHW = identity_folder(**arguments, crop=0.5).images_NCHW[0]  # type: ignore[arg-type]
    assert torch.equal(half_CHW, torch.tensor([255, 0, 0], dtype=torch.uint8)[:, None, None].expand(3, 20, 20))
    wider_CHW = identity_folder(**arguments, crop=0.6).images_NCHW[0]  # type: ignore[arg-type]
    assert wider_CHW[2, 0].gt(0).all()
    assert wider_CHW[2, -1].gt(0).all()
    assert wider_CHW[2, :, 0].gt(0).all()
    assert wider_CHW[2, :, -1].gt(0).all()
    assert wider_CHW[0, 2:-2, 2:-2].eq(255).all()


def test_grey_images_and_an_imbalance_are_given_as_asked(root: Path) -> None:
    imbalance = Imbalance(counts=(2, 3))
    data = identity_folder(root=str(root), people=2, every=1, size=16, channels=1, imbalance=imbalance)
    assert (data.image_shape, data.class_counts) == ((1, 16, 16), (2, 3))


def test_frames_that_are_not_used_are_not_opened(root: Path) -> None:
    for frame in (root / "Bob" / "0").iterdir():
        if not frame.name.endswith((".95.png", ".98.png", ".101.png")):
            frame.write_text("no image")
    (root / "Di" / "1" / "aligned_detect_1.95.png").write_text("no image")
    assert identity_folder(root=str(root), people=3, every=3).class_counts == (2, 3, 2)


def test_an_unreadable_frame_stops_with_its_name_or_is_skipped_with_a_warning(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "Bob" / "0" / "aligned_detect_0.95.png").write_text("no image")
    with pytest.raises(GanlabError, match=r"identity-folder: '.*_0\.95\.png' cannot be read .*unreadable: skip"):
        identity_folder(root=str(root), people=1)
    with caplog.at_level(logging.WARNING):
        assert identity_folder(root=str(root), people=1, every=2, unreadable="skip").class_counts == (3,)
    assert "identity-folder: skipped 1 unreadable files" in caplog.text


def test_a_person_without_a_readable_image_is_named(root: Path) -> None:
    (root / "Di" / "1" / "aligned_detect_1.95.png").write_text("no image")
    with pytest.raises(GanlabError, match=r"no readable image of 'Di'.*name other people"):
        identity_folder(root=str(root), people=4, unreadable="skip")


def test_a_root_that_is_no_folder_or_holds_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"root '.*absent' is no folder; give one laid out as root/PERSON/VIDEO/"):
        identity_folder(root=str(tmp_path / "absent"))
    with pytest.raises(GanlabError, match=r"root '.*' holds no image; give one laid out as root/PERSON/VIDEO/FRAME"):
        identity_folder(root=str(tmp_path))


@pytest.mark.parametrize(
    ("place", "way_out"),
    [
        ("loose.png", "`image-folder`, for folders of images"),
        ("Bob/loose.png", "`image-folder`, for folders of images"),
        ("Bob/0/deeper/loose.png", "a root one or more folders further down"),
    ],
)
def test_an_image_where_no_frame_should_lie_is_named_with_the_expected_layout(
    root: Path, place: str, way_out: str
) -> None:
    save(root / place)
    with pytest.raises(GanlabError, match=r"does not lie where a frame should, which is root/PERSON/VIDEO/") as caught:
        identity_folder(root=str(root), people=1)
    assert str(root / place) in str(caught.value)
    assert way_out in str(caught.value)


def test_more_people_than_there_are_is_refused_with_how_many_there_are(root: Path) -> None:
    with pytest.raises(GanlabError, match=r"`people: 40` is more than the 4 people in root '.*'; ask for 4 or fewer"):
        identity_folder(root=str(root))


@pytest.mark.parametrize(
    ("name", "way_out"), [("Bobb", "did you mean 'Bob'"), ("Zoltan", "give names of its folders, such as 'Ann'")]
)
def test_a_listed_person_who_is_not_there_is_named(root: Path, name: str, way_out: str) -> None:
    with pytest.raises(GanlabError, match=f"`people` names '{name}', who has no frames in root .*; {way_out}"):
        identity_folder(root=str(root), people=("Ann", name))
