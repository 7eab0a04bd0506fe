"""`ganlab sample`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.numbers import CATEGORY, END, IMAGES, SEED
from ganlab_core.verbs.command_line.options import DEVICE, RUN, require_suffix
from ganlab_core.verbs.command_line.say import say

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab_core.plugins import Plugins
    from ganlab_core.runs.loaded import LoadedRun


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
    from ganlab_core.image_files.write import fill_folder, save_png
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.system.atomic import written_together
    from ganlab_core.system.places import require_new_folder
    from ganlab_core.traversal.codes import traversal_grid

    if out is not None:
        require_new_folder(out, option="--out")
    loaded = load_run(run, device=device, plugins=plugins)
    count = count or 64
    loaded.require_memory(count)
    with written_together() as outputs:
        if out is not None:
            fill_folder(loaded.sample(count, code=code, seed=seed), outputs.aside(out))
        if traverse is not None:
            picture_CHW = traversal_grid(loaded.traverse(traverse, code=code, ends=ends, seed=seed))
            save_png(picture_CHW, outputs.aside(path), of_many=True)
        elif grid is not None or out is None:
            save_png(_grid(loaded, count=count, code=code, seed=seed), outputs.aside(path), of_many=True)
    say(*outputs.places)


def _grid(run: LoadedRun, *, count: int, code: int | None, seed: int) -> Tensor:
    """A picture `(C, H, W)` uint8 of so many images, or, of no certain code, with a row a category."""
    from ganlab_core.image_files.write import image_grid
    from ganlab_core.traversal.grid import sample_grid

    columns = max(1, round(count**0.5))
    if code is None and run.prior.categorical:
        return sample_grid(run.generator, run.prior, columns=columns, seed=seed, device=run.device)
    return image_grid(run.sample(count, code=code, seed=seed), columns=columns)


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
