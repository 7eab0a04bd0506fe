"""The `ganlab` command line; one verb a file, imported when it runs, so that `ganlab --help` needs no torch."""

from __future__ import annotations

import logging
import sys

import click

from ganlab_core.cli.group import LazyGroup
from ganlab_core.component import GanlabError
from ganlab_core.plugins import load_plugins
from ganlab_core.version import __version__

_VERBS = {
    "train": "Train a recipe, or go on with a run.",
    "evaluate": "Print the metrics of a trained run.",
    "sample": "Draw images from a trained run.",
    "benchmark": "Run recipes over splits and seeds, and make a table.",
    "list": "List the parts and recipes that recipes can name.",
    "show": "Show one part: what it is, who gives it, what it takes.",
    "plugins": "List the plugins, what they give, and what is wrong with them.",
    "validate": "Check a recipe without training it.",
    "schema": "Print the JSON Schema of recipes, for editors.",
}


@click.group(
    cls=LazyGroup,
    verbs=_VERBS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with `ganlab train --prior elastic`: it finds the classes of imbalanced digits in a few minutes.",
)
@click.version_option(__version__, prog_name="ganlab")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Train GANs from parts: any prior, networks, losses and data set, mixed in YAML recipes."""


def main() -> None:
    """The console script: errors of the user's making are one message and exit code 1, never a traceback."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    logging.captureWarnings(True)
    try:
        plugins = load_plugins()
        plugins.add_commands(cli)
        cli.main(prog_name="ganlab", standalone_mode=False, obj=plugins)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except GanlabError as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
