"""`--plugin FILE`, which may stand before the verb or after it.

It is taken from the command line before click sees that: a plugin file may add verbs, and click must know every verb
before it reads the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

_NAME = "--plugin"


def take_plugin_files(arguments: Sequence[str]) -> tuple[list[str], list[Path]]:
    """The arguments without the option, and the files that it names; what follows `--` is left alone.

    Raises:
        click.UsageError: the option names no file.
    """
    others: list[str] = []
    files: list[Path] = []
    left = iter(arguments)
    for argument in left:
        option, given, value = argument.partition("=")
        if option == _NAME:
            files.append(_path(value if given else next(left, "")))
        else:
            others.append(argument)
        if argument == "--":
            break
    return [*others, *left], files


def _path(value: str) -> Path:
    if not value:
        raise click.UsageError(f"{_NAME} names no file; give a Python file, such as `{_NAME} mine.py`")
    return Path(value)


SHOWN = click.option(
    _NAME,
    "plugin_files",
    multiple=True,
    expose_value=False,
    metavar="FILE",
    help="Load a Python file as a plugin; may be given several times, and after the verb too.",
)
"""The option as `ganlab --help` shows it; click never gets to read it."""
