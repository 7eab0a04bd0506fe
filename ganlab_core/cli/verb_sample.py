"""`ganlab sample`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.cli.options import RUN

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command(
    "sample",
    epilog="Examples: `ganlab sample RUN --grid grid.png`, `ganlab sample RUN --code 3 --count 100 --out threes`.",
)
@RUN
@click.option("--code", type=click.IntRange(min=0), help="Only this category of the class code.")
@click.option("--count", type=click.IntRange(min=1), default=64, show_default=True, help="How many images.")
@click.option("--grid", type=click.Path(path_type=Path), metavar="FILE", help="One PNG with all images.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A PNG an image; the folder must not exist.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The same seed draws the same images.",
)
@click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:N or mps; else the recipe's.")
@click.pass_obj
def command(
    plugins: Plugins,
    run: Path,
    code: int | None,
    count: int,
    grid: Path | None,
    out: Path | None,
    seed: int,
    device: str | None,
) -> None:
    """Draw images from RUN. Without --code and --out, the grid has a row a category, noise the same in each column."""
    from ganlab_core.loaded_run import load_run
    from ganlab_core.samples import image_grid, sample_grid, save_images, save_png

    loaded = load_run(run, device=device, plugins=plugins)
    if out is not None:
        save_images(loaded.sample(count, code=code, seed=seed), out)
        click.echo(out)
        if grid is None:
            return
    path = grid or Path("samples.png")
    columns = max(1, round(count**0.5))
    if code is None and loaded.prior.categorical:
        picture_CHW = sample_grid(loaded.generator, loaded.prior, columns=columns, seed=seed, device=loaded.device)
    else:
        picture_CHW = image_grid(loaded.sample(count, code=code, seed=seed), columns=columns)
    save_png(picture_CHW, path)
    click.echo(path)
