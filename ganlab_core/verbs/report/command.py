"""`ganlab report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.options import MOVED
from ganlab_core.verbs.command_line.say import say

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command(
    "report",
    epilog="Examples: `ganlab report runs/digits-elastic-seed0`, `ganlab report runs/* --out report.html`.",
)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN [RUN...]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Where to write it; else report.html in the first RUN.",
)
@MOVED
@click.pass_obj
def command(plugins: Plugins, runs: tuple[Path, ...], out: Path | None, overrides: tuple[str, ...]) -> None:
    """Show runs in one HTML file that needs nothing else: classes, proportions, curves, pictures, recipe, versions.

    Several runs lie side by side in tabs, with what differs between them.
    """
    from ganlab_core.system.places import is_printed
    from ganlab_core.verbs.report.write import write_report

    written = write_report(runs, out or runs[0] / "report.html", overrides=overrides, plugins=plugins)
    say(written, err=is_printed(written))
