"""Seeded draws of a collection: a flat folder of unlabelled images, their classes kept apart for judging.

Where the classes are of like size they are made long-tailed: the largest ten times the smallest, sizes falling
geometrically in an order of classes that the seed decides. Names of the images say nothing.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

_RATIO = 10.0
_FEWEST = 3
_ALIKE = 2.0  # a collection whose largest class is less than so many times its smallest has no tail of its own


@dataclass(frozen=True)
class Collection:
    """Labelled image files.

    Attributes:
        files: the bytes of each file, by NAME/CLASS/IMAGE.
    """

    name: str
    files: Mapping[str, bytes]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in order."""
        return tuple(sorted({class_of(path) for path in self.files}))

    def members(self, label: str) -> list[str]:
        """The paths of a class, in order."""
        return sorted(path for path in self.files if class_of(path) == label)


@dataclass(frozen=True)
class Images:
    """Drawn images, written to files.

    Attributes:
        folder: holds the images and nothing else.
        names: of the files, in order.
        sources: where each came from in the collection, NAME/CLASS/IMAGE.
        labels_N: the class of each, int64.
    """

    folder: Path
    names: tuple[str, ...]
    sources: tuple[str, ...]
    labels_N: npt.NDArray[np.int64]

    @property
    def paths(self) -> list[Path]:
        """The files, in order."""
        return [self.folder / name for name in self.names]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.labels_N.max()) + 1


def class_of(path: str) -> str:
    """The class of NAME/CLASS/IMAGE."""
    return path.split("/")[1]


def collection_names(folder: Path) -> list[str]:
    """The collections in a folder: each an archive NAME.tar.xz, or a folder NAME of folders."""
    archives = [path.name.removesuffix(".tar.xz") for path in folder.glob("*.tar.xz")]
    return sorted({*archives, *(path.name for path in folder.iterdir() if any(path.glob("*/*")))})


def read_collection(folder: Path, name: str) -> Collection:
    """Read NAME.tar.xz, or the folder NAME where there is no archive.

    Raises:
        SystemExit: there is neither.
    """
    archive = folder / f"{name}.tar.xz"
    if archive.is_file():
        with tarfile.open(archive) as opened:
            members = [member for member in opened if member.isfile()]
            return Collection(name, {member.name: _content(opened, member) for member in members})
    files = {f"{name}/{path.relative_to(folder / name).as_posix()}": path for path in (folder / name).glob("*/*")}
    if not files:
        found = ", ".join(collection_names(folder)) or "none"
        raise SystemExit(f"--names: there is no collection {name!r} in {folder}; there are: {found}")
    return Collection(name, {place: path.read_bytes() for place, path in files.items()})


def drawn(collection: Collection, *, seed: int) -> list[tuple[str, int]]:
    """Paths of the drawn images and the number of their class, in a random order."""
    generator = np.random.default_rng(seed)
    members = [collection.members(label) for label in collection.classes]
    ranks = generator.permutation(len(members))
    chosen: list[tuple[str, int]] = []
    for number, paths in enumerate(members):
        shuffled = [paths[index] for index in generator.permutation(len(paths))]
        kept = len(shuffled) if _has_tail(members) else _size(len(shuffled), int(ranks[number]), len(members))
        chosen += [(path, number) for path in shuffled[:kept]]
    return [chosen[index] for index in generator.permutation(len(chosen))]


def write_draw(collection: Collection, folder: Path, *, seed: int) -> Images:
    """Draw images, and write them as FOLDER/00000.SUFFIX and on."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = drawn(collection, seed=seed)
    names = tuple(f"{index:05d}{PurePosixPath(path).suffix}" for index, (path, _) in enumerate(chosen))
    for name, (path, _) in zip(names, chosen, strict=True):
        (folder / name).write_bytes(collection.files[path])
    labels_N = np.array([number for _, number in chosen], dtype=np.int64)
    return Images(folder, names, tuple(path for path, _ in chosen), labels_N)


def write_whole(collection: Collection, folder: Path) -> Path:
    """Write all images as FOLDER/CLASS/IMAGE, as a judge learns from them."""
    for place, content in collection.files.items():
        path = folder / PurePosixPath(place).relative_to(collection.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _has_tail(members: list[list[str]]) -> bool:
    sizes = [len(paths) for paths in members]
    return max(sizes) >= _ALIKE * min(sizes)


def _size(available: int, rank: int, classes: int) -> int:
    return max(_FEWEST, int(available * _RATIO ** (-rank / (classes - 1))))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()
