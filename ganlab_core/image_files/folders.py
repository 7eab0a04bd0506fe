"""A folder of images that somebody named, or what they named in its place."""

from __future__ import annotations

from pathlib import Path

from ganlab_core.image_files.opening import SUFFIXES
from ganlab_core.image_files.passed_over import ARCHIVES
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.location import looked_for

_UNPACKED_BY = {
    ".zip": "unzip",
    ".tar": "tar -xf",
    ".tgz": "tar -xf",
    ".gz": "tar -xf",
    ".7z": "7z x",
    ".rar": "unrar x",
}


def require_image_folder(folder: Path, *, named: str = "", wanted: str = "that holds images") -> None:
    """Refuse what is no folder.

    Args:
        named: what stands before its path in the message, such as `image-folder: root `.
        wanted: what folder to give instead.

    Raises:
        GanlabError: the text says what it is instead, and the way out.
    """
    if folder.is_dir():
        return
    suffix = folder.suffix.lower()
    way_out = f"give one {wanted}"
    if folder.is_file() and suffix in ARCHIVES:
        way_out = f"it is an archive: unpack it (as `{_UNPACKED_BY.get(suffix, 'tar -xf')}` does), and {way_out}"
    elif folder.is_file() and suffix in SUFFIXES:
        way_out = "it is an image: give the folder that it lies in"
    raise GanlabError(f"{named}{looked_for(folder)} is no folder; {way_out}")
