"""Files and folders that are there whole or not at all: written aside, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab_core.interface.errors import GanlabError


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path in the same folder to write a file or a folder at; it is renamed to `path` at the end.

    A file takes the place of an older one, a folder that of an empty one (`require_new_folder`). Nothing is left if
    the body fails or is interrupted.

    Raises:
        GanlabError: the place cannot be written.
    """
    aside = path.with_name(f".writing-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        if aside.is_dir() and path.is_dir():
            path.rmdir()
        os.replace(aside, path)
    except OSError as error:
        # A folder that cannot be made, and the hidden file aside, stand for what was to be written.
        own = (None, str(aside), *map(str, path.parents))
        place = path if error.filename in own else error.filename
        raise GanlabError(f"{place} cannot be written: {error.strerror or error}; name another place") from error
    finally:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        elif aside.exists():
            aside.unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a small file, or leave the older one as it was where the process is killed.

    Raises:
        OSError: the place cannot be written; the older file is as it was.
    """
    aside = path_aside(path)
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def path_aside(path: Path) -> Path:
    """Where `write_whole` writes first."""
    return path.with_suffix(".writing")


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
