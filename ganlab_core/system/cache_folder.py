"""Where ganlab keeps what takes long to make and can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def default_cache() -> Path:
    """`$GANLAB_CACHE` if set, else `ganlab` in `$XDG_CACHE_HOME`, else in `~/.cache`."""
    if own := os.environ.get("GANLAB_CACHE"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ganlab"
