"""A path as a user writes it in a recipe or behind `--set`, where no shell has seen to it."""

from __future__ import annotations

import os
import re
from pathlib import Path

_HOME = re.compile(r"\$(?:HOME(?![A-Za-z0-9_])|\{HOME\})")


def user_path(text: str | Path) -> Path:
    """The path with `~`, `$HOME` and `${HOME}` at its beginning replaced by the user's home folder.

    No other variable is: a recipe may be a stranger's, and messages would show what its environment holds.
    """
    path = str(text)
    home = _HOME.match(path)
    if home is not None:
        path = "~" + path[home.end() :]
    return Path(os.path.expanduser(path))  # unlike Path's, no error where there is no home
