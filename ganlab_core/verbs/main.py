"""The `ganlab` command line; one verb a file, imported when it runs, so that `ganlab --help` needs no torch."""

from __future__ import annotations

import copy
import io
import os
import sys
from collections.abc import Sequence

import click

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.printable import printable
from ganlab_core.interface.version import __version__
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.verbs import given_verbs
from ganlab_core.system.memory_errors import is_too_large, memory_gave_out
from ganlab_core.system.waiting import wait_passively
from ganlab_core.verbs.command_line import plugin_option
from ganlab_core.verbs.command_line.lazy_group import LazyGroup
from ganlab_core.verbs.command_line.log import show_log
from ganlab_core.verbs.ending import stated_ending

_SHOWN = 160
_LESS = "ask for less at a time, such as fewer images or a smaller width, size or batch"


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with `ganlab train --prior elastic`: it finds the classes of imbalanced digits in a few minutes.",
)
@click.version_option(__version__, prog_name="ganlab")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@plugin_option.SHOWN
def cli(debug: bool) -> None:
    """Train GANs from parts: any prior, networks, losses and data set, mixed in YAML recipes."""


@stated_ending()
def main() -> None:
    """The console script: errors of the user's making are one message and exit code 1, never a traceback."""
    show_log()
    _print_any_name()
    wait_passively()
    plugins: Plugins | None = None
    try:
        _require_arguments(sys.argv[1:])
        arguments, files = plugin_option.take_plugin_files(sys.argv[1:])
        plugins = load_plugins(files=files)
        program = copy.copy(cli)  # the verbs are this call's alone
        program.verbs = given_verbs(plugins)
        program.main(arguments, prog_name="ganlab", standalone_mode=False, obj=plugins)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        said = _said(error) or (None if plugins is None else _blamed(error, plugins))
        if said is None or "--debug" in sys.argv:
            raise
        has_lines = isinstance(error, GanlabError)  # what stands in them is escaped already
        click.echo(printable(f"error: {said}", lines=has_lines), err=True)
        sys.exit(1)


def _blamed(error: Exception, plugins: Plugins) -> str | None:
    from ganlab_core.plugins.blame import blamed  # with all that knows of parts, which a call that ends well needs not

    return blamed(error, plugins)


def _show(error: click.ClickException) -> None:
    """What click says of a wrong command line, whose words may be names of files that a shell filled in."""
    error.message = printable(error.message)  # type: ignore[misc]
    said = io.StringIO()
    error.show(said)
    click.echo(printable(said.getvalue(), lines=True), err=True, nl=False)


def _print_any_name() -> None:
    """A file's name need not be text; printing it is an error in most locales, so show its bytes as `\\udce9`."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def _said(error: Exception) -> str | None:
    """What to say in place of a traceback; None of an error that is a fault in the program."""
    if isinstance(error, GanlabError):
        return str(error)
    if memory_gave_out(error):
        return f"memory gave out ({_first_line(error)}); {_LESS}, or close other programs"
    if is_too_large(error):
        return f"a number is too large for any memory ({_first_line(error)}); {_LESS}"
    return _refused(error) if isinstance(error, OSError) else None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:_SHOWN] or type(error).__name__


def _refused(error: OSError) -> str:
    """What the system refused, where nothing closer to it knew a way out."""
    place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return f"{place}{error.strerror or error}; name another place, or see with --debug where it was needed"


def _require_arguments(arguments: Sequence[str]) -> None:
    """Refuse what no system hands to a program, but a Python program that calls this one may; paths fail at it."""
    for argument in arguments:
        try:
            broken = b"\0" in os.fsencode(argument)
        except UnicodeEncodeError:
            broken = True
        if broken:
            raise GanlabError(f"argument {argument!r} holds what no name or text can hold")
