"""`ganlab sample`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.numbers import CATEGORY, END, IMAGES, SEED
from ganlab_core.verbs.command_line.options import DEVICE, RUN, require_suffix

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command(
    "sample",
    epilog="Examples: `ganlab sample RUN --grid grid.png`, `ganlab sample RUN --code 3 --count 100 --out threes`, "
    "`ganlab sample RUN --traverse style.0 --range -2 2`.",
)
@RUN
@click.option("--code", type=CATEGORY, help="Only this category of the class code.")
@click.option("--count", type=IMAGES, show_default="64", help="How many images.")
@click.option(
    "--grid", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.png", help="One PNG with all images."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A PNG an image; the folder must not exist.",
)
@click.option(
    "--traverse",
    metavar="NAME[.DIM]",
    help="A grid in which this other code varies along the columns; a row a category, or of --code alone.",
)
@click.option(
    "--range",
    "ends",
    type=(END, END),
    metavar="LOW HIGH",
    help="Ends of a continuous code's columns; else twice the range that it was trained on.",
)
@click.option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="The same seed draws the same images.",
)
@DEVICE
@click.pass_obj
def command(
    plugins: Plugins,
    run: Path,
    code: int | None,
    count: int | None,
    grid: Path | None,
    out: Path | None,
    traverse: str | None,
    ends: tuple[float, float] | None,
    seed: int,
    device: str | None,
) -> None:
    """Draw images from RUN. Without --code and --out, the grid has a row a category, noise the same in each column."""
    _check_together(traverse, count=count, out=out, ends=ends)
    path = grid or Path("samples.png" if traverse is None else f"{traverse}.png")
    require_suffix(path, ".png", option="--grid")
    from ganlab_core.image_files.write import image_grid, save_images, save_png
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.system.atomic import written_aside
    from ganlab_core.traversal.codes import traversal_grid
    from ganlab_core.traversal.grid import sample_grid

    loaded = load_run(run, device=device, plugins=plugins)
    count = count or 64
    if out is not None:
        save_images(loaded.sample(count, code=code, seed=seed), out)
        click.echo(out)
        if grid is None:
            return
    columns = max(1, round(count**0.5))
    if traverse is not None:
        picture_CHW = traversal_grid(loaded.traverse(traverse, code=code, ends=ends, seed=seed))
    elif code is None and loaded.prior.categorical:
        picture_CHW = sample_grid(loaded.generator, loaded.prior, columns=columns, seed=seed, device=loaded.device)
    else:
        picture_CHW = image_grid(loaded.sample(count, code=code, seed=seed), columns=columns)
    with written_aside(path) as aside:
        save_png(picture_CHW, aside)
    click.echo(path)


def _check_together(
    traverse: str | None, *, count: int | None, out: Path | None, ends: tuple[float, float] | None
) -> None:
    if traverse is None:
        if ends is not None:
            raise click.UsageError("--range is of a code that varies; name it: --traverse NAME")
        return
    if out is not None:
        raise click.UsageError("--traverse draws one picture, not a folder; drop --out, or name a file: --grid FILE")
    if count is not None:
        raise click.UsageError("--traverse has as many columns as the run's own grids (samples.columns); drop --count")
