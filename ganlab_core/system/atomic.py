"""Files and folders that are there whole or not at all: written aside, then renamed."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ganlab_core.interface.errors import GanlabError

_HIDDEN = ".writing-"


@contextmanager
def renamed_into_place(path: Path, *, durable: bool = False, replacing: bool = False) -> Iterator[Path]:
    """A path to write a file or a folder at; it is renamed to `path` at the end, and nothing is left if the body fails.

    It lies in a new hidden folder beside `path`, under the same name: no name gets too long, and neither what a killed
    process left nor another writer is in the way. A file takes the place of an older one, or of a link, which is not
    written through; a folder that of an empty one.

    Args:
        durable: wait at the end until all of it is on the disk, not only in the system's cache.
        replacing: a folder takes the place of one that is not empty, too.

    Raises:
        OSError: the place cannot be written; what was there is as it was.
    """
    if path.name in ("", ".."):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_HIDDEN, dir=path.parent, ignore_cleanup_errors=True) as hidden:
            aside = Path(hidden, path.name)
            yield aside
            if durable:
                for part in (*aside.rglob("*"), aside):
                    _sync(part)
            if aside.is_dir() and path.is_dir():
                path.rename(aside.with_name("older")) if replacing else path.rmdir()
            os.replace(aside, path)
            if durable:
                _sync(path.parent)
    except OSError as error:
        if _HIDDEN in str(error.filename):
            error.filename = str(path)  # the hidden one means nothing to a reader
        raise


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """As `renamed_into_place`, for a place that the user named.

    Raises:
        GanlabError: the place cannot be written.
    """
    try:
        with renamed_into_place(path) as aside:
            yield aside
    except OSError as error:
        # A folder that cannot be made stands for what was to be written in it.
        place = path if error.filename in (None, *map(str, path.parents)) else error.filename
        raise GanlabError(f"{place} cannot be written: {error.strerror or error}; name another place") from error


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
        with tempfile.TemporaryDirectory(prefix=_HIDDEN, dir=folder.parent, ignore_cleanup_errors=True) as hidden:
            folder.rename(Path(hidden, folder.name))
    except OSError:  # of a full disk, which has no room for a name more
        shutil.rmtree(folder)


def clear_left_over(folder: Path, *, of: Collection[str] | None = None) -> None:
    """Remove what processes left in a folder that were killed while they wrote there; for the folder's one writer.

    Args:
        of: the names that this writer writes, where others may be writing there; all names if left out.

    Raises:
        OSError: it cannot be removed.
    """
    for hidden in filter(is_left_over, folder.glob("*")):
        with suppress(FileNotFoundError):  # its writer is alive, and has finished
            is_folder = hidden.is_dir() and not hidden.is_symlink()
            if of is not None:
                names = {entry.name for entry in hidden.iterdir()} if is_folder else set()
                if not names or not names <= set(of):  # an empty one may be about to be written to
                    continue
            shutil.rmtree(hidden) if is_folder else hidden.unlink()


def is_left_over(path: Path) -> bool:
    """Whether this is what a process writes aside, and leaves if it is killed."""
    return path.name.startswith(_HIDDEN)


def require_new_folder(folder: Path, *, option: str, outside: Path | None = None) -> None:
    """Check that a folder can be made: that there is none, or an empty one, and not inside what is read.

    Args:
        folder: the folder to make.
        option: the command line's option that names it, for messages.
        outside: a folder of images that it must not lie in.

    Raises:
        GanlabError: it is a file, is not empty, or lies in `outside`.
    """
    if folder.exists() and not folder.is_dir():
        raise GanlabError(f"{option} {folder} is a file; name a folder that does not exist")
    if folder.resolve() == Path.cwd():
        raise GanlabError(f"{option} {folder} is the folder that ganlab was called in; name one that does not exist")
    if folder.is_dir() and any(folder.iterdir()):
        raise GanlabError(f"{option} {folder} is not empty; name a folder that does not exist")
    if outside is not None and folder.resolve().is_relative_to(outside.resolve()):
        raise GanlabError(
            f"{option} {folder} lies in {outside}, whose images are read, so its images would be taken for more of "
            "them; name a folder outside"
        )


def _sync(path: Path) -> None:
    """Wait until a file or a folder's entries are on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
