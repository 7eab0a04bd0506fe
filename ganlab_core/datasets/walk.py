"""Image files below a folder one after the other, for folders whose list of paths should not lie in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from ganlab_core.datasets.picture import SUFFIXES

_log = logging.getLogger(__name__)


def walk_images(folder: Path, *, asked_by: str | None = None) -> Iterator[Path]:
    """Image files below a folder, told by their suffixes and sorted by their path in it; none is opened.

    Only the names of one folder and of those around it are in memory at a time. Hidden files, linked folders, links
    that lead out of the folder, and subfolders that may not be read are passed over, the last two with a warning.

    Args:
        asked_by: the data set, as warnings name it.
    """
    inside = folder.resolve()
    by = f"{asked_by}: " if asked_by else ""
    linked_out = 0
    for path in _files(folder, by):
        if not path.is_file():
            continue
        # Linked folders are not entered, so only a file that is a link itself can lie elsewhere.
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            linked_out += 1
        else:
            yield path
    if linked_out:
        _log.warning("%spassed over %d links that lead out of '%s'", by, linked_out, folder)


def _files(folder: Path, by: str) -> Iterator[Path]:
    """What has an image's suffix below a folder, however deep."""
    open_folders = [_entries(folder, by)]
    while open_folders:
        for path, is_folder in open_folders[-1]:
            if is_folder:
                open_folders.append(_entries(path, by))
                break
            if path.suffix.lower() in SUFFIXES:
                yield path
        else:
            open_folders.pop()


def _entries(folder: Path, by: str) -> Iterator[tuple[Path, bool]]:
    """What lies in a folder, and whether it is a folder; sorted together, which sorts whole paths."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if not entry.name.startswith(".")
            )
    except OSError as error:
        _log.warning("%spassed over the folder '%s', which cannot be read: %s", by, folder, error.strerror)
        return
    for name, is_folder in found:
        yield folder / name, is_folder
