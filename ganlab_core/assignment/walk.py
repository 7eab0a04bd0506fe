"""Image files below a folder one after the other, for folders whose list of paths should not lie in memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from ganlab_core.datasets.picture import SUFFIXES

_log = logging.getLogger(__name__)


def walk_images(folder: Path) -> Iterator[Path]:
    """The files that `image_paths` finds, in its order: told by their suffixes, sorted by their path in the folder.

    Only the names of one folder and of those around it are in memory at a time. Hidden files, linked folders, links
    that lead out of the folder, and subfolders that may not be read are passed over, the last two with a warning.
    """
    inside = folder.resolve()
    linked_out = 0
    for path in _files(folder):
        # Linked folders are not entered, so only a file that is a link itself can lie elsewhere.
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            linked_out += 1
        elif path.is_file():
            yield path
    if linked_out:
        _log.warning("passed over %d links that lead out of '%s'", linked_out, folder)


def _files(folder: Path) -> Iterator[Path]:
    """What has an image's suffix below a folder; files and subfolders are sorted together, which sorts whole paths."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if not entry.name.startswith(".")
            )
    except OSError as error:
        _log.warning("passed over the folder '%s', which cannot be read: %s", folder, error.strerror)
        return
    for name, is_folder in found:
        if is_folder:
            yield from _files(folder / name)
        elif os.path.splitext(name)[1].lower() in SUFFIXES:
            yield folder / name
