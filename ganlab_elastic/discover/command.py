"""The verb `ganlab discover`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ganlab_elastic.discover.sizes import SIZES

if TYPE_CHECKING:
    from ganlab_core import Fit, Plugins
    from ganlab_elastic.discover.discover import Discovered


@click.command(
    "discover",
    epilog="Examples: `ganlab discover photos`, `ganlab discover photos --classes 12 --minutes 30 --flip`.",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--classes", type=click.IntRange(min=2), metavar="K", help="How many classes; else they are counted.")
@click.option(
    "--size",
    type=click.Choice([str(size) for size in SIZES]),
    help="Pixels that images are brought to; else what fits.",
)
@click.option(
    "--fit",
    type=click.Choice(["auto", "pad", "crop", "stretch"]),
    default="auto",
    show_default=True,
    help="How pictures become square; auto goes by their shapes and borders.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="M",
    help="Time for all of it.",
)
@click.option(
    "--run", type=click.Path(path_type=Path), metavar="RUN", help="The run folder to make; else one under runs/."
)
@click.option("--flip", is_flag=True, help="Mirror images show the same: true of cars, not of letters.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs; progress goes to stderr.")
@click.pass_obj
def command(
    plugins: Plugins,
    folder: Path,
    classes: int | None,
    size: str | None,
    fit: Fit | Literal["auto"],
    minutes: float,
    run: Path | None,
    flip: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Find the classes of the images in FOLDER, which need no labels, and give each image its class.

    Looks at the images, chooses a recipe that fits them and the time, trains, and writes RUN/assignments.csv and
    RUN/report.html. The recipe lies in RUN too, to be changed and trained again.
    """
    from ganlab_core import Interrupted, plain_console
    from ganlab_elastic.discover.discover import Wish, discover_classes

    wish = Wish(
        folder=folder,
        minutes=minutes,
        run=run,
        classes=classes,
        size=None if size is None else int(size),
        flip=flip,
        seed=seed,
        fit=None if fit == "auto" else fit,
    )
    try:
        found = discover_classes(wish, plugins=plugins, console=plain_console(stderr=as_json))
    except Interrupted as stop:
        click.echo(str(stop), err=True)
        sys.exit(stop.exit_code)
    if as_json:
        click.echo(json.dumps(_values(found), indent=2))
    else:
        _print(found, minutes, counted=classes is None)


def _values(found: Discovered) -> dict[str, Any]:
    return {
        "run": str(found.run),
        "report": str(found.report),
        "repeat": found.repeat,
        "assignments": found.assignments.values(),
        "seconds": round(found.seconds, 1),
    }


def _print(found: Discovered, minutes: float, *, counted: bool) -> None:
    from ganlab_core import print_assignments

    print_assignments(found.assignments)
    if counted and all(found.assignments.counts):
        most = len(found.assignments.counts)
        click.echo(f"classes       all {most} that were looked for are in use; name more of them: --classes {2 * most}")
    click.echo(f"report        {found.report}")
    click.echo(f"again         {found.repeat}")
    click.echo(f"took          {found.seconds / 60:.1f} of {minutes:g} minutes")
