"""Files and folders that are there whole or not at all: written aside, then taken to their places together."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ganlab_core.interface.errors import GanlabError
from ganlab_core.system.hidden import Hidden, is_left_over, make_hidden
from ganlab_core.system.places import is_stream
from ganlab_core.system.taking_place import Removed, Renamed, Streamed, sync
from ganlab_core.system.uninterrupted import uninterrupted


class Outputs:
    """What a call writes: each file or folder aside first, in a hidden folder beside its place, under the same name.

    No name gets too long, and neither what a killed process left nor another writer is in the way.

    Attributes:
        places: all of them, as they were named.
    """

    def __init__(self, *, durable: bool = False, replacing: bool = False) -> None:
        self._durable, self._replacing = durable, replacing
        self._placed: list[Renamed | Removed] = []
        self._streamed: list[Streamed] = []
        self._hidden: dict[Path, Hidden] = {}
        self._made: list[Path] = []
        self.places: list[str] = []

    def aside(self, place: Path) -> Path:
        """Where to write what belongs at `place`, a file or a folder.

        A file takes the place of an older one, or of a link, which is not written through; a folder that of an empty
        one. Into a pipe or a device a file is written once it is whole.

        Raises:
            GanlabError: another output has this place.
            OSError: the place cannot be written.
        """
        self.places.append(str(place))
        if place.name in ("", ".."):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
        if is_stream(place):
            own = self._beside(Path(tempfile.gettempdir())).new / f"{len(self._streamed)}"  # devices share a name
            own.mkdir()
            streamed = Streamed(place, own / place.name)
            self._streamed.append(streamed)
            return streamed.aside
        for other in self._placed:
            if other.place in place.parents:  # in a folder that is written aside itself
                inside = other.aside / place.relative_to(other.place)
                inside.parent.mkdir(parents=True, exist_ok=True)
                return inside
        try:
            hidden = self._beside(place.parent)
        except OSError as error:  # a folder that cannot be made stands for what was to be written in it
            error.filename = str(place)
            raise
        output = Renamed(place, hidden.new / place.name, hidden.older / place.name, replacing=self._replacing)
        if output.aside in [other.aside for other in self._placed]:
            raise GanlabError(f"{place} is named for two outputs; name a place for each")
        self._placed.append(output)
        return output.aside

    def remove(self, place: Path) -> None:
        """Have nothing at `place` in the end: an older file that the others do away with."""
        hidden = self._beside(place.parent)
        self._placed.append(Removed(place, hidden.new / place.name, hidden.older / place.name))

    def finish(self) -> None:
        """What comes before the first takes its place: what may take long, or cannot be undone, as a pipe cannot."""
        for output in self._placed:
            if self._durable:
                output.sync()
            if len(self._placed) > 1:  # of a single one, what was there stays until the other takes its place
                output.keep_older()
        for streamed in self._streamed:
            streamed.write()

    def take_places(self) -> None:
        """Take all to their places, or none; folders last, since a call that finds its folder there is refused."""
        taken: list[Renamed | Removed] = []
        try:
            for output in sorted(self._placed, key=lambda output: output.aside.is_dir()):
                output.take_place()
                taken.append(output)
        except BaseException:
            for output in reversed(taken):
                output.give_back()
            raise
        self._made.clear()
        if self._durable:
            for parent in self._hidden:
                sync(parent)

    def clear(self) -> None:
        """Leave nothing aside, and no folder that was made for what did not take its place."""
        for hidden in self._hidden.values():
            hidden.remove()
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()

    def place_of(self, name: str | bytes | None) -> str | None:
        """What a reader is told in place of an error's file: the place it stands for, or itself; None of them all."""
        if name is None:
            return None
        file = Path(os.fsdecode(name))
        for output in (*self._placed, *self._streamed):
            if output.aside in (file, *file.parents) or file in (output.place, output.older):
                return str(output.place)
        if not any(map(is_left_over, (file, *file.parents))):
            return str(file)
        return self.places[0] if len(self.places) == 1 else None

    def is_own(self, name: str) -> bool:
        """Whether this is one of the places, and not a file that is read."""
        return name in (*self.places, *(str(output.place) for output in self._placed))

    def _beside(self, parent: Path) -> Hidden:
        if parent not in self._hidden:
            with uninterrupted():
                self._made += [folder for folder in (parent, *parent.parents) if not folder.exists()]
                parent.mkdir(parents=True, exist_ok=True)
                self._hidden[parent] = make_hidden(parent)
        return self._hidden[parent]


@contextmanager
def placed_together(*, durable: bool = False, replacing: bool = False) -> Iterator[Outputs]:
    """Inside, outputs are written aside; at the end all are in their places, or, if the body fails, nothing is left.

    A process that is killed between one output and the next leaves some in place and some as they were, each whole.

    Args:
        durable: wait at the end until all of it is on the disk, not only in the system's cache.
        replacing: a folder takes the place of one that is not empty, too.

    Raises:
        OSError: a place cannot be written; what was there is as it was.
    """
    outputs = Outputs(durable=durable, replacing=replacing)
    try:
        yield outputs
        outputs.finish()
        with uninterrupted():
            outputs.take_places()
    except OSError as error:
        error.filename = outputs.place_of(error.filename)  # the hidden one means nothing to a reader
        raise
    finally:
        with uninterrupted():
            outputs.clear()


@contextmanager
def renamed_into_place(path: Path, *, durable: bool = False, replacing: bool = False) -> Iterator[Path]:
    """A path to write a file or a folder at; it is renamed to `path` at the end, and nothing is left if the body fails.

    A file takes the place of an older one, or of a link, which is not written through; a folder that of an empty one.
    What processes left beside it that were killed while they wrote is swept before.

    >>> with renamed_into_place(Path("found.csv")) as aside:
    ...     aside.write_text("image,class")

    Args:
        durable: wait at the end until all of it is on the disk, not only in the system's cache.
        replacing: a folder takes the place of one that is not empty, too.

    Raises:
        OSError: the place cannot be written; what was there is as it was.
    """
    with placed_together(durable=durable, replacing=replacing) as outputs:
        yield outputs.aside(path)


@contextmanager
def written_together() -> Iterator[Outputs]:
    """As `placed_together`, for places that the user named.

    Raises:
        GanlabError: a place cannot be written, or a file that is read for it cannot be read.
    """
    try:
        with placed_together() as outputs:
            yield outputs
    except OSError as error:
        reason = error.strerror or error
        if error.filename is not None and not outputs.is_own(error.filename):
            raise GanlabError(f"{error.filename}: {reason}; nothing was written") from error
        place = error.filename or ", ".join(outputs.places)
        raise GanlabError(f"{place} cannot be written: {reason}; name another place") from error


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """As `written_together`, of a single file or folder: the path to write it at."""
    with written_together() as outputs:
        yield outputs.aside(path)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a small file, text as UTF-8, or leave the older one as it was where the process is killed.

    Raises:
        OSError: the place cannot be written; the older file is as it was.
    """
    with renamed_into_place(path) as aside:
        aside.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def remove_whole(folder: Path) -> None:
    """Remove a folder at once: who reads it beside this finds all of it or nothing.

    Raises:
        OSError: it cannot be removed.
    """
    try:
        hidden = make_hidden(folder.parent)
        try:
            folder.rename(hidden.new / folder.name)
        finally:
            hidden.remove()
    except OSError:  # of a full disk, which has no room for a name more
        shutil.rmtree(folder)
