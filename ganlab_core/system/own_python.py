"""Another Python like this one, which finds no module in the working folder: that may be a stranger's."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_HOME = str(Path(__file__).parents[2])
# `-c`, like `-m`, puts the working folder first on the path, and nothing is imported before the command itself. Python
# 3.10 has no `-P`; `-I` would take the user's PYTHONPATH away. Where ganlab lies comes last, and so hides nothing.
_START = "import sys; sys.path[:] = [*filter(None, sys.path), {home!r}]; from {module} import main; main()"


def python_main(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that calls `main()` of a module, which finds these arguments in `sys.argv`."""
    return (sys.executable, "-c", _START.format(home=_HOME, module=module), *arguments)


def forget_working_folder() -> None:
    """Drop the working folder from where modules and plugins are found, where `python -m` has put it first.

    What `python -m` itself imports before it comes here it may have found there. The `ganlab` command does not.
    """
    with suppress(FileNotFoundError):  # it is gone
        here = os.getcwd()
        if sys.path[:1] == [here] and here != _HOME:
            del sys.path[0]
