"""Where ganlab keeps what takes long to make and can be made again."""

from __future__ import annotations

import logging
import os
import tempfile
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)


def default_cache() -> Path:
    """`$GANLAB_CACHE` if set, else `ganlab` in `$XDG_CACHE_HOME`, else in `~/.cache`.

    Where there is no home folder, one that is gone with this process; a warning says so.
    """
    own = os.environ.get("GANLAB_CACHE")
    try:
        return Path(own).expanduser() if own else _shared() / "ganlab"
    except RuntimeError:  # pathlib's, of a user whom the system does not know
        return Path(_without_home().name)


def has_home() -> bool:
    """Whether the user has a home folder, by name; it need not be there."""
    try:
        Path.home()
    except RuntimeError:
        return False
    return True


def _shared() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


@cache
def _without_home() -> tempfile.TemporaryDirectory[str]:
    """Nobody else's, and removed at the end: what others could write there would be taken for one's own."""
    log.warning("there is no home folder, so nothing is kept for later; name a folder for that in GANLAB_CACHE")
    return tempfile.TemporaryDirectory(prefix="ganlab-cache-", ignore_cleanup_errors=True)
