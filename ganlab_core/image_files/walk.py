"""Image files below a folder one after the other, for folders whose list of paths should not lie in memory."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ganlab_core.image_files.opening import SUFFIXES
from ganlab_core.image_files.own_output import is_own_folder, is_own_picture
from ganlab_core.image_files.passed_over import (
    HIDDEN,
    LINKED_FOLDERS,
    NO_FILES,
    OWN_FOLDERS,
    OWN_PICTURES,
    THUMBNAILS,
    TWICE,
    PassedOver,
)

_log = logging.getLogger(__name__)
_TAKEN = "follow them (`--follow-links`), or put copies there (as `ganlab assign --sort-into FOLDER --copy` does)"
_LEAVINGS = frozenset(
    {
        "$recycle.bin",
        "#recycle",
        "@recycle",
        "@eadir",
        "__macosx",
        "desktop.ini",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "lost+found",
        "system volume information",
        "thumbs.db",
        ".@__thumb",
        ".appledouble",
        ".ds_store",
        ".picasa.ini",
        ".picasaoriginals",
        ".spotlight-v100",
        ".thumbnails",
        ".trashes",
        ".xvpics",
    }
)


class Walk:
    """The image files below a folder, and what is passed over on the way.

    An image is told by its suffix, and none is opened. Only the names of one folder and of those around it are in
    memory at a time. Passed over, and counted, are what no image's suffix tells (its first bytes say whether it is an
    image all the same), hidden files, thumbnails that systems keep, what ganlab wrote there (run folders and folders of
    drawn images below the folder, grids, films and charts), links to folders, links that lead out of the folder,
    subfolders that may not be read, and files that cannot be reached: broken links, and names in a subfolder that may
    be listed, but not entered.

    Args:
        folder: where to begin; links at its place are followed.
        follow_links: enter folders that are links, each folder once, and take links that lead out of the folder.
        asked_by: the data set, as warnings name it.
    """

    def __init__(self, folder: Path, *, follow_links: bool = False, asked_by: str | None = None) -> None:
        self._folder = folder
        self._follow_links = follow_links
        self._by = f"{asked_by}: " if asked_by else ""
        self._inside = folder.resolve()
        self._forget()

    def _forget(self) -> None:
        self._passed_over = PassedOver()
        self._linked_out = self._out_of_reach = 0
        self._unreadable_folders: list[str] = []
        self._entered: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[Path]:
        """The files, sorted by their path in the folder; counted anew each time."""
        self._forget()
        for path in self._files():
            is_image = path.suffix.lower() in SUFFIXES
            try:
                is_file = stat.S_ISREG(path.stat().st_mode)
                # Unless links to folders are followed, only a file that is a link itself can lie elsewhere.
                leads_out = path.is_symlink() and not path.resolve().is_relative_to(self._inside)
            except OSError:
                self._out_of_reach += is_image
                continue
            if not is_file:
                self._passed_over.add(NO_FILES, path)
            elif leads_out and not self._follow_links:
                self._linked_out += is_image
            elif is_image and is_own_picture(path):
                self._passed_over.add(OWN_PICTURES, path)
            elif is_image:
                yield path
            else:
                self._passed_over.add_file(path)

    def passed_over(self) -> Sequence[str]:
        """What the last walk did not take, a sentence a kind."""
        said = list(self._passed_over.sentences())
        if self._linked_out:
            said.append(f"{self._linked_out} links that lead out of '{self._folder}': {_TAKEN}")
        if self._out_of_reach:
            said.append(f"{self._out_of_reach} files in '{self._folder}' that cannot be reached")
        return [*said, *self._unreadable_folders]

    def warn(self) -> None:
        """Log what was passed over."""
        for sentence in self.passed_over():
            _log.warning("%spassed over %s", self._by, sentence)

    def _files(self) -> Iterator[Path]:
        """What is no folder, however deep."""
        open_folders = [self._entries(self._folder)]
        while open_folders:
            for path, is_folder in open_folders[-1]:
                if is_folder:
                    open_folders.append(self._entries(path))
                    break
                yield path
            else:
                open_folders.pop()

    def _entries(self, folder: Path) -> Iterator[tuple[Path, bool]]:
        """What lies in a folder, and whether it is a folder; sorted together, which sorts whole paths."""
        try:
            if self._follow_links and self._is_known(folder):
                self._passed_over.add(TWICE, folder)
                return
            with os.scandir(folder) as entries:
                found = sorted((entry.name, _leads_to_folder(entry)) for entry in entries if self._is_wanted(entry))
        except OSError as error:
            self._unreadable_folders.append(f"the folder '{folder}', which cannot be read: {error.strerror}")
            return
        for name, is_folder in found:
            yield folder / name, is_folder

    def _is_known(self, folder: Path) -> bool:
        """Whether a folder was entered before, by this name or another, as links that lead round in circles do."""
        status = folder.stat()
        known = (status.st_dev, status.st_ino) in self._entered
        self._entered.add((status.st_dev, status.st_ino))
        return known

    def _is_wanted(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry may be taken; what is not is counted here."""
        path, name = Path(entry.path), entry.name.lower()
        if name in _LEAVINGS:
            self._passed_over.add(THUMBNAILS, path, _files_in(path) if entry.is_dir(follow_symlinks=False) else 1)
        elif name.startswith("._"):
            self._passed_over.add(THUMBNAILS, path)
        elif name.startswith("."):
            self._passed_over.add(HIDDEN, path)
        elif entry.is_symlink() and not self._follow_links and _leads_to_folder(entry):
            self._passed_over.add(LINKED_FOLDERS, path)
        elif _leads_to_folder(entry) and is_own_folder(path):
            self._passed_over.add(OWN_FOLDERS, path)
        else:
            return True
        return False


def walk_images(folder: Path, *, asked_by: str | None = None, follow_links: bool = False) -> Iterator[Path]:
    """Image files below a folder, as `Walk` finds them; what is passed over is told in warnings at the end.

    Args:
        asked_by: the data set, as warnings name it.
        follow_links: as `Walk` takes it.
    """
    walk = Walk(folder, follow_links=follow_links, asked_by=asked_by)
    yield from walk
    walk.warn()


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _files_in(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))
