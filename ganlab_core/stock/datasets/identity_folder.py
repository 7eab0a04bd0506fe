"""Frames of videos of people, a folder for each person and in it one for each video: YouTube-Faces as published."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import torch
from pydantic import Field, PositiveInt

from ganlab_core.image_files.budget import MEGAPIXELS
from ganlab_core.image_files.fit import Fit
from ganlab_core.image_files.unreadable import Unreadable
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.location import Location
from ganlab_core.interface.user_path import user_path
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
from ganlab_core.stock.datasets.room import require_room

Names: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1)]
_NAME = "identity-folder"
_LAYOUT = "root/PERSON/VIDEO/FRAME.jpg"


def identity_folder(
    *,
    root: Location,
    size: PositiveInt = 64,
    channels: Literal[1, 3] = 3,
    people: PositiveInt | Names = 40,
    every: PositiveInt = 10,
    crop: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5,
    fit: Fit = "crop",
    unreadable: Unreadable = "stop",
    megapixels: PositiveInt = MEGAPIXELS,
    follow_links: bool = False,
    imbalance: Imbalance | None = None,
) -> ImageData:
    """Video frames of people, such as YouTube-Faces as published (Wolf et al., CVPR 2011); people are the classes.

    The layout is root/PERSON/VIDEO/FRAME.jpg. Of YouTube-Faces, give aligned_images_DB as root, which holds
    Aaron_Eckhart/0/aligned_detect_0.555.jpg and so on; frame_images_DB is laid out alike, but holds whole frames with
    the face anywhere. Folders of images without videos are for `image-folder`.

    Each person keeps as many images as there are frames, however unequal the numbers, and labels serve evaluation
    only. Frames that are not used are not opened. Frames are in the order of the numbers in their names (9 before
    10), people in alphabetical order. Files other than images, hidden files, linked folders and links that lead out
    of the root are passed over.

    Args:
        root: the folder of the people's folders.
        size: height and width in pixels.
        channels: 3 for RGB, 1 for grey.
        people: so many people, those with most frames (of equals, the first by name), or a list of their names.
        every: keep one frame in so many of each video, beginning with its first; neighbouring frames hardly differ.
        crop: the centred part that is kept of a frame's sides, as a fraction. 0.5 leaves the face of YouTube-Faces'
            aligned frames.
        fit: how that part becomes square: crop (its largest centred square), pad (the colour of its border, the median
            over its outermost pixels, fills a square around it), or stretch.
        unreadable: at a file that cannot be read, stop, or skip it with a warning.
        megapixels: the most that a picture may hold, in millions of pixels; larger ones are unreadable, but for JPEGs,
            which are read smaller. Decoding takes up to 12 MB of memory for each, in all threads together.
        follow_links: enter folders that are links, each folder once, and take links that lead out of the root.
        imbalance: keep only so many images of each person.

    Raises:
        GanlabError: no such folder, another layout, fewer people than asked for, a listed person who is not there, an
            unreadable file, a person without any readable image, or what `draw_imbalanced` raises.
    """
    from ganlab_core.image_files.folders import require_image_folder  # loads PIL and all its formats
    from ganlab_core.image_files.read import read_images
    from ganlab_core.image_files.walk import Walk

    folder = user_path(root)
    wanted = f"laid out as {_LAYOUT}: --set dataset.root=FOLDER"
    require_image_folder(folder, named=f"{_NAME}: root ", wanted=wanted)
    walk = Walk(folder, asked_by=_NAME, follow_links=follow_links)
    frames = _frames_by_person(folder, list(walk))
    walk.warn()
    names = _most_frames(frames, people, folder) if isinstance(people, int) else _listed(frames, people, folder)
    used = [path for name in names for path in _every_kth(frames[name], every)]
    require_room(len(used), size=size, channels=channels, asked_by=_NAME)
    read = read_images(
        used,
        size=size,
        channels=channels,
        crop=crop,
        fit=fit,
        unreadable=unreadable,
        megapixels=megapixels,
        asked_by=_NAME,
    )
    owners = [_person(path, folder) for path in read.paths]
    for name in names:
        if name not in owners:
            raise GanlabError(
                f"{_NAME}: root '{folder}' holds no readable image of '{name}' among the frames that `every` keeps; "
                "repair its files, or name other people in `people`"
            )
    labels_N = torch.tensor([names.index(owner) for owner in owners])
    images_NCHW = torch.stack(read.images_CHW)
    data = ImageData(
        name=_NAME,
        images_NCHW=images_NCHW,
        labels_N=labels_N,
        class_names=names,
        paths=read.paths,
        tones=read.tones,
        remarks=(*(f"passed over {sentence}" for sentence in walk.passed_over()), *read.remarks),
    )
    return draw_imbalanced(data, imbalance)


def _frames_by_person(folder: Path, paths: Iterable[Path]) -> dict[str, list[Path]]:
    """Each person's frames, unordered.

    Raises:
        GanlabError: an image lies elsewhere than a frame should, or there is none.
    """
    frames: dict[str, list[Path]] = {}
    for path in paths:
        depth = len(path.relative_to(folder).parts)
        if depth != 3:
            way_out = (
                "a root one or more folders further down" if depth > 3 else "`image-folder`, for folders of images"
            )
            raise GanlabError(
                f"{_NAME}: '{path}' does not lie where a frame should, which is {_LAYOUT}: move it, or use {way_out}"
            )
        frames.setdefault(_person(path, folder), []).append(path)
    if not frames:
        raise GanlabError(f"{_NAME}: root '{folder}' holds no image; give one laid out as {_LAYOUT}")
    return frames


def _person(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0]


def _most_frames(frames: Mapping[str, list[Path]], count: int, folder: Path) -> tuple[str, ...]:
    """The names of those with most frames, in alphabetical order."""
    if count > len(frames):
        raise GanlabError(
            f"{_NAME}: `people: {count}` is more than the {len(frames)} people in root '{folder}'; ask for "
            f"{len(frames)} or fewer"
        )
    by_frames = sorted(frames, key=lambda name: (-len(frames[name]), name))
    return tuple(sorted(by_frames[:count]))


def _listed(frames: Mapping[str, list[Path]], people: Iterable[str], folder: Path) -> tuple[str, ...]:
    """The names of a list, in alphabetical order."""
    for name in people:
        if name not in frames:
            near = difflib.get_close_matches(name, frames, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"give names of its folders, such as '{min(frames)}'"
            raise GanlabError(f"{_NAME}: `people` names '{name}', who has no frames in root '{folder}'; {hint}")
    return tuple(sorted(set(people)))


def _every_kth(paths: list[Path], step: int) -> list[Path]:
    """The first frame of each video and every `step`-th one after it, video after video."""
    ordered = sorted(paths, key=lambda path: (_natural(path.parent.name), _natural(path.name)))
    videos = groupby(ordered, key=lambda path: path.parent)
    return [path for _, video in videos for path in list(video)[::step]]


def _natural(name: str) -> tuple[list[str | int], str]:
    """A key that sorts numbers in names by their value; text and numbers alternate, so that like meets like."""
    parts = re.split(r"([0-9]+)", name)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], name
