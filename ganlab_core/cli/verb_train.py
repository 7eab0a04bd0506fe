"""`ganlab train`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab_core.cli.options import recipe_from_options, recipe_options

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command(
    "train",
    epilog="Examples: `ganlab train --prior elastic`, `ganlab train a.yaml b.yaml --set batch_size=128`, "
    "`ganlab train --resume runs/digits-elastic-seed0`.",
)
@recipe_options
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The run folder to make; else one under runs/.",
)
@click.option("--resume", "resumed", type=click.Path(path_type=Path), metavar="RUN", help="Go on with this run.")
@click.pass_obj
def command(plugins: Plugins, /, run: Path | None, resumed: Path | None, **options: Any) -> None:
    """Train a recipe: the base recipe, then each RECIPE merged over it (a YAML file or a name from `list recipes`).

    With --resume, go on with a run from its newest checkpoint; --steps then extends it.
    """
    from rich.console import Console

    from ganlab_core.cli.summary import print_summary
    from ganlab_core.training.run import resume, train
    from ganlab_core.training.signals import Interrupted

    console = Console()
    try:
        if resumed is not None:
            steps = options.pop("steps")
            given = [name for name, value in options.items() if value not in (None, ())] + (["run"] if run else [])
            if given:
                raise click.UsageError(
                    f"--resume takes the run's own recipe; drop {', '.join(given)} (only --steps may change)"
                )
            result = resume(resumed, steps=steps, plugins=plugins, console=console)
        else:
            result = train(recipe_from_options(plugins, **options), run=run, plugins=plugins, console=console)
    except Interrupted as stop:
        click.echo(str(stop), err=True)
        sys.exit(stop.exit_code)
    print_summary(console, result)
