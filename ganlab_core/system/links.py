"""Symbolic links below a folder, and where they lead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def links_in(folder: Path) -> Iterator[Path]:
    """Every symbolic link in a folder, however deep; none is followed, and what cannot be looked at is passed over.

    Not `os.walk`, which calls itself for each level, and so ends in folders that are nested deeply enough.
    """
    left = [folder]
    while left:
        for entry in _entries(left.pop()):
            path = Path(entry.path)
            if entry.is_symlink():
                yield path
            elif entry.is_dir(follow_symlinks=False):
                left.append(path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # it is gone by now, or nobody may look into it
        return []


def leads_inside(path: Path, folder: Path) -> bool:
    """Whether what a path leads to, by whatever links, lies in a folder, which may itself be a link."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a link to itself
        return False
