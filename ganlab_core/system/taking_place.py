"""How what was written aside takes its place, and gives it back where another output could not take its own."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ganlab_core.system.places import opened_stream


@dataclass
class Renamed:
    """A file or a folder that is renamed to its place.

    Args:
        place: where it belongs.
        aside: where it is written.
        older: where what it replaces is kept until all outputs are in place.
        replacing: a folder takes the place of one that is not empty, too.
    """

    place: Path
    aside: Path
    older: Path
    replacing: bool = False
    _was_folder: bool = field(default=False, init=False)

    def sync(self) -> None:
        """Wait until all of it is on the disk, not only in the system's cache."""
        for part in (*self.aside.rglob("*"), self.aside):
            sync(part)

    def keep_older(self) -> None:
        """Keep an older file under a second name, so that it can come back."""
        self._was_folder = _is_folder(self.place)
        if self._was_folder or not os.path.lexists(self.place):
            return
        try:
            os.link(self.place, self.older, follow_symlinks=False)
        except (OSError, NotImplementedError):  # a file system without second names
            shutil.copy2(self.place, self.older, follow_symlinks=False)

    def take_place(self) -> None:
        """Put it where it belongs."""
        if self.aside.is_dir() and self.place.is_dir():
            if self.replacing:
                self.place.rename(self.older)
            elif os.name == "nt":  # elsewhere a folder takes the place of an empty one at once
                self.place.rmdir()
        os.replace(self.aside, self.place)

    def give_back(self) -> None:
        """Put back what was there."""
        if os.path.lexists(self.older):
            os.replace(self.older, self.place)
            return
        os.replace(self.place, self.aside)
        if self._was_folder:
            self.place.mkdir()


@dataclass
class Removed:
    """An older file that nothing takes the place of."""

    place: Path
    aside: Path
    older: Path

    def sync(self) -> None:
        """Nothing was written."""

    def keep_older(self) -> None:
        """It is kept as it is taken away."""

    def take_place(self) -> None:
        """Take it away."""
        if os.path.lexists(self.place) and not _is_folder(self.place):
            self.place.rename(self.older)

    def give_back(self) -> None:
        """Put it back."""
        if os.path.lexists(self.older):
            self.older.rename(self.place)


@dataclass
class Streamed:
    """A file that is written into a pipe or a device once it is whole."""

    place: Path
    aside: Path
    older: None = None

    def write(self) -> None:
        """Write it there."""
        with self.aside.open("rb") as file, opened_stream(self.place) as stream:
            shutil.copyfileobj(file, stream)


def sync(path: Path) -> None:
    """Wait until a file or a folder's entries are on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
