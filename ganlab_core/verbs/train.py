"""`ganlab train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab_core.verbs.command_line.options import recipe_from_options, recipe_options

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
@click.option(
    "--fork",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="With --resume: go on in a new run, which may differ in its recipe.",
)
@click.option("--or-resume", is_flag=True, help="If --run holds a run of this recipe already, go on with it.")
@click.pass_obj
def command(
    plugins: Plugins,
    /,
    run: Path | None,
    resumed: Path | None,
    fork: Path | None,
    or_resume: bool,
    **options: Any,
) -> None:
    """Train a recipe: the base recipe, then each RECIPE merged over it (a YAML file or a name from `list recipes`).

    With --resume, go on with a run from its newest checkpoint; --steps then extends it. On several processes:
    `torchrun --nproc-per-node 2 --no-python -- ganlab train ...`.
    """
    from ganlab_core.training.run import resume, train
    from ganlab_core.verbs.command_line.console import plain_console
    from ganlab_core.verbs.command_line.figures import print_summary

    console = plain_console()
    if resumed is not None:
        overrides = _overrides(options, run=run, or_resume=or_resume)
        result = resume(resumed, overrides=overrides, fork=fork, plugins=plugins, console=console)
    else:
        _refuse_alone(fork=fork, or_resume=or_resume, run=run)
        recipe = recipe_from_options(plugins, **options)
        result = train(recipe, run=run, or_resume=or_resume, plugins=plugins, console=console)
    if result.evaluation:  # of several processes, the first one's
        print_summary(console, result)


def _overrides(options: dict[str, Any], *, run: Path | None, or_resume: bool) -> tuple[str, ...]:
    """What --resume lets be changed, as overrides of the run's own recipe."""
    short = {name: options.pop(name) for name in ("seed", "steps", "device")}
    overrides: tuple[str, ...] = options.pop("overrides")
    given = [name for name, value in options.items() if value not in (None, ())]
    given += [name for name, value in (("--run", run), ("--or-resume", or_resume)) if value]
    if given:
        raise click.UsageError(
            f"--resume takes the run's own recipe; drop {', '.join(given)} (changes go with --set, and into a --fork)"
        )
    return overrides + tuple(f"{key}={value}" for key, value in short.items() if value is not None)


def _refuse_alone(*, fork: Path | None, or_resume: bool, run: Path | None) -> None:
    if fork is not None:
        raise click.UsageError("--fork goes with --resume RUN, the run that it begins from")
    if or_resume and run is None:
        raise click.UsageError("--or-resume goes with --run FOLDER, the run that it looks for")
