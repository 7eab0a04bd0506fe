"""Image files below a folder one after the other, for folders whose list of paths should not lie in memory."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ganlab_core.image_files.decode import SUFFIXES
from ganlab_core.image_files.own_output import is_own_folder, is_own_picture

_log = logging.getLogger(__name__)


def walk_images(folder: Path, *, asked_by: str | None = None) -> Iterator[Path]:
    """Image files below a folder, told by their suffixes and sorted by their path in it.

    Only the names of one folder and of those around it are in memory at a time. Passed over are hidden files and linked
    folders, and with a warning links that lead out of the folder, subfolders that may not be read, files that cannot
    be reached (broken links, and names in a subfolder that may be listed, but not entered), and what ganlab wrote
    there: run folders and folders of drawn images below the folder, and grids, films and charts.

    Args:
        asked_by: the data set, as warnings name it.
    """
    inside = folder.resolve()
    by = f"{asked_by}: " if asked_by else ""
    linked_out = out_of_reach = own = 0
    for path in _files(folder, by):
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                continue
            # Linked folders are not entered, so only a file that is a link itself can lie elsewhere.
            leads_out = path.is_symlink() and not path.resolve().is_relative_to(inside)
        except OSError:
            out_of_reach += 1
            continue
        if leads_out:
            linked_out += 1
        elif is_own_picture(path):
            own += 1
        else:
            yield path
    if own:
        _log.warning("%spassed over %d pictures in '%s' that ganlab made of its images", by, own, folder)
    if linked_out:
        _log.warning("%spassed over %d links that lead out of '%s'", by, linked_out, folder)
    if out_of_reach:
        _log.warning("%spassed over %d files in '%s' that cannot be reached", by, out_of_reach, folder)


def count_links(folder: Path) -> int:
    """How many links there are below a folder that are called as images are, wherever they lead."""
    return sum(os.path.islink(path) for path in _files(folder, ""))


def _files(folder: Path, by: str) -> Iterator[Path]:
    """What has an image's suffix below a folder, however deep."""
    open_folders = [_entries(folder, by)]
    while open_folders:
        for path, is_folder in open_folders[-1]:
            if is_folder and is_own_folder(path):
                _log.warning("%spassed over the folder '%s', which ganlab made", by, path)
            elif is_folder:
                open_folders.append(_entries(path, by))
                break
            elif path.suffix.lower() in SUFFIXES:
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
