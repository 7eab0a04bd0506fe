"""How verbs print lines and JSON: all of it passes through `printable`, since names in it may be a stranger's."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import click

from ganlab_core.interface.printable import printable
from ganlab_core.system.stray_output import stray_output_to_stderr

_STRAY = "ganlab.stray"


def say(*lines: str | Path, err: bool = False) -> None:
    """Print each as one line, whatever is in it."""
    click.echo("\n".join(map(printable, lines)), err=err)


def say_json(values: object, *, err: bool = False) -> None:
    """Print values as JSON, alone on stdout: what parts of plugins print while the verb works goes to stderr.

    Args:
        err: print them on stderr, where something else goes to stdout.
    """
    if (context := click.get_current_context(silent=True)) is not None:
        context.meta.get(_STRAY, ExitStack()).close()
    # JSON escapes all that `printable` does but one character.
    click.echo(json.dumps(values, indent=2).replace("\x7f", "\\u007f"), err=err)


def keep_stdout_for_json(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    """A callback of `--json`: until `say_json`, what anybody prints goes to stderr."""
    if value:
        stack = context.with_resource(ExitStack())
        stack.enter_context(stray_output_to_stderr())
        context.meta[_STRAY] = stack
    return value
