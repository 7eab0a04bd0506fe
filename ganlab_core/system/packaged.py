"""Files beside the modules of packages: in a folder, in several (namespace packages, PEP 420), or in a zip archive."""

from __future__ import annotations

import errno
import importlib
import sys
import zipfile
from pathlib import Path
from typing import TypeAlias

from ganlab_core.system.regular_files import MOST_BYTES, read_regular

Packaged: TypeAlias = Path | zipfile.Path
"""What is opened, listed and asked alike, wherever it lies."""


def package_folders(package: str) -> list[Path]:
    """The folders of an imported package, or of the parts of one; one in an archive goes on through its name."""
    module = importlib.import_module(package)
    return [Path(folder) for folder in dict.fromkeys(getattr(module, "__path__", ()))]


def packaged(path: Path) -> Packaged:
    """The path, or the place in an archive that it leads to; of archives those alone that Python runs code from."""
    if path.exists():
        return path
    for above in path.parents:
        if str(above) in sys.path and above.is_file() and zipfile.is_zipfile(above):
            return zipfile.Path(above).joinpath(path.relative_to(above).as_posix())
    return path


def names_in(folder: Path) -> list[str]:
    """What a folder holds, in alphabetical order; nothing where there is no such folder."""
    place = packaged(folder)
    return sorted(inner.name for inner in place.iterdir()) if place.is_dir() else []


def read_packaged(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """All of a file, wherever it lies; a regular one, and of so many bytes at most.

    Raises:
        OSError: as `read_regular`, or what the archive raises.
    """
    place = packaged(path)
    if isinstance(place, Path):
        return read_regular(place, most=most, follow=True)
    with place.open("rb") as stream:
        content: bytes = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, "it is longer than is read", str(path))
    return content
