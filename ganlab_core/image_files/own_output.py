"""What ganlab itself wrote among somebody's images: run folders, folders of drawn images, grids, films and charts."""

from __future__ import annotations

import os
from pathlib import Path

from ganlab_core.system.regular_files import open_regular

SIGN = "made by ganlab, of images"
"""What a picture of pictures says of itself among its metadata; an image that was drawn alone does not."""

_SIGNED = (".png", ".gif")
_HEAD = 2048  # bytes: a GIF's palette comes first
_MARKER = ".made-by-ganlab"
_RUN_FILE, _RUN_FOLDERS = "recipe.yaml", ("checkpoints", "samples")


def mark_folder(folder: Path) -> None:
    """Say of a folder that its images are drawn, so that they are not taken for more of those around them.

    Raises:
        OSError: the folder cannot be written.
    """
    (folder / _MARKER).touch()


def is_own_folder(folder: Path) -> bool:
    """Whether a folder is a run's, or one that `mark_folder` marked."""
    if os.path.isfile(folder / _MARKER):  # unlike Path's, no error where a folder may not be entered
        return True
    return os.path.isfile(folder / _RUN_FILE) and all(os.path.isdir(folder / name) for name in _RUN_FOLDERS)


def is_own_picture(path: Path) -> bool:
    """Whether a regular file is a picture of pictures that ganlab wrote."""
    if path.suffix.lower() not in _SIGNED:
        return False
    try:
        with open_regular(path, follow=True) as file:
            return SIGN.encode("ascii") in file.read(_HEAD)
    except OSError:
        return False  # whoever reads it says why
