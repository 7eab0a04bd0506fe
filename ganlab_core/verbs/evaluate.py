"""`ganlab evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.numbers import IMAGES
from ganlab_core.verbs.command_line.options import BY, DEVICE, JSON, MOVED, RUN
from ganlab_core.verbs.command_line.say import say_json

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins
    from ganlab_core.verbs.assign.reading import By


@click.command("evaluate", epilog="Example: `ganlab evaluate runs/digits-elastic-seed0 --json`.")
@RUN
@JSON
@click.option(
    "--samples-per-code",
    type=IMAGES,
    help="Generated images a category; else the recipe's number.",
)
@MOVED
@BY
@DEVICE
@click.pass_obj
def command(
    plugins: Plugins,
    run: Path,
    as_json: bool,
    samples_per_code: int | None,
    overrides: tuple[str, ...],
    by: By | None,
    device: str | None,
) -> None:
    """Print the metrics of RUN, measured afresh from its newest checkpoint."""
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.verbs.assign.reading import reading_of
    from ganlab_core.verbs.command_line.console import plain_console
    from ganlab_core.verbs.command_line.figures import print_evaluation

    loaded = load_run(run, device=device, overrides=overrides, plugins=plugins)
    by_features = reading_of(loaded, by) == "features"
    figures = loaded.evaluate(samples_per_code=samples_per_code, by_features=by_features)
    if as_json:
        say_json(figures)
    else:
        print_evaluation(plain_console(), figures)
