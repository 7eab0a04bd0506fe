"""Sorting images into a folder for each code, as links, as copies, or as PNGs where there are no files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from torch import Tensor

from ganlab_core.image_files.write import save_png
from ganlab_core.system.places import fitting_name


class CodeFolders:
    """Puts images into `root/code-K/`; files keep their names where these are free.

    Args:
        root: the folder that holds a folder for each code.
        copy: copy files; else link to them, or copy where the system makes no links.
    """

    def __init__(self, root: Path, *, copy: bool) -> None:
        self._root = root
        self._copy = copy
        root.mkdir(parents=True, exist_ok=True)

    def add_file(self, path: Path, *, code: int, number: int) -> None:
        """Put a file into its code's folder; `number`, its own among all images, tells files of one name apart."""
        place = self._free(code, path.name, number)
        if self._copy:
            shutil.copyfile(path, place)
            return
        try:
            place.symlink_to(path.resolve())
        except OSError:  # some systems make links for administrators only
            shutil.copyfile(path, place)

    def add_image(self, image_CHW: Tensor, *, code: int, number: int) -> None:
        """Put a uint8 image into its code's folder, named by its number."""
        save_png(image_CHW, self._free(code, f"{number:06d}.png", number))

    def _free(self, code: int, name: str, number: int) -> Path:
        folder = self._root / f"code-{code}"
        folder.mkdir(exist_ok=True)
        stem, suffix = os.path.splitext(name)
        place = folder / fitting_name(stem, suffix, folder=folder)
        more = ""
        while os.path.lexists(place):
            more += f"-{number}"
            place = folder / fitting_name(stem, f"{more}{suffix}", folder=folder)
        return place
