"""`ganlab traverse`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.numbers import CATEGORY, END, SEED
from ganlab_core.verbs.command_line.options import DEVICE, RUN, require_suffix
from ganlab_core.verbs.command_line.say import say

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins
    from ganlab_core.runs.loaded import LoadedRun
    from ganlab_core.traversal.motion import Motion

_COLUMNS = {".png": 10, ".gif": 5}
_FRAMES, _FPS = 60, 20


@click.command(
    "traverse",
    epilog="Examples: `ganlab traverse RUN --out codes.png`, `ganlab traverse RUN --between 3 7 --out 3to7.gif`, "
    "`ganlab traverse RUN --noise --out noise.gif`, `ganlab traverse RUN --code style.0 --range -2 2 --out style.gif`.",
)
@RUN
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="A .png, in which columns show the way, or a .gif, in which time does, in a loop.",
)
@click.option("--code", metavar="NAME[.DIM]", help="This code varies: over its range, or through all its categories.")
@click.option(
    "--between",
    type=CATEGORY,
    nargs=2,
    metavar="A B",
    help="From one category to another, of the class code or of --code, and the noise held.",
)
@click.option("--noise", is_flag=True, help="The noise varies, on great circles, and the codes are held.")
@click.option(
    "--range",
    "ends",
    type=(END, END),
    metavar="LOW HIGH",
    help="Ends of a continuous code; else twice the range that it was trained on.",
)
@click.option(
    "--rows",
    type=click.IntRange(1, 1000),
    help="Only the categories with most mass; or rows of noise. Else all, or 10.",
)
@click.option(
    "--columns", type=click.IntRange(1, 1000), help="Steps of a PNG, else 10; draws of noise of a GIF, else 5."
)
@click.option("--frames", type=click.IntRange(2, 2000), help=f"Frames of a GIF.  [default: {_FRAMES}]")
@click.option("--fps", type=click.IntRange(1, 50), help=f"Frames a second of a GIF.  [default: {_FPS}]")
@click.option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="The same seed draws the same noise.",
)
@DEVICE
@click.pass_obj
def command(
    plugins: Plugins,
    run: Path,
    out: Path,
    code: str | None,
    between: tuple[int, int] | None,
    noise: bool,
    ends: tuple[float, float] | None,
    rows: int | None,
    columns: int | None,
    frames: int | None,
    fps: int | None,
    seed: int,
    device: str | None,
) -> None:
    """Show what codes and noise do to the images of RUN, in a grid (PNG) or an animated GIF.

    A row is a category of the class code, or noise where that code varies. Without --code, --between and --noise, a PNG
    has other noise in each column, and in a GIF the noise varies.
    """
    suffix = require_suffix(out, *_COLUMNS, option="--out")
    varies = code is not None or between is not None
    _check_together(suffix, varies=varies, noise=noise, ends=ends, frames=frames, fps=fps)
    from ganlab_core.image_files.write import save_png
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.system.atomic import written_aside
    from ganlab_core.traversal import film

    loaded = load_run(run, device=device, plugins=plugins)
    is_film = suffix == ".gif"
    steps = 1 if is_film or not (varies or noise) else columns
    cells = 1 if steps != 1 else columns or _COLUMNS[suffix]
    if varies:
        motion = _code_motion(loaded, code, between, ends=ends, rows=rows, columns=cells, seed=seed)
    else:
        motion = _noise_motion(loaded, moves=noise or is_film, is_film=is_film, rows=rows, columns=cells, seed=seed)
    with written_aside(out) as aside:
        if is_film:
            pictures = film.frames(loaded.generator, motion, count=frames or _FRAMES)
            film.save_gif(pictures, aside, fps=fps or _FPS)
        else:
            steps = steps or (motion.length if motion.length > 2 else _COLUMNS[suffix])
            save_png(film.picture(loaded.generator, motion, steps=steps), aside, of_many=True)
    say(out)


def _code_motion(
    run: LoadedRun,
    code: str | None,
    between: tuple[int, int] | None,
    *,
    ends: tuple[float, float] | None,
    rows: int | None,
    columns: int,
    seed: int,
) -> Motion:
    from ganlab_core.traversal.motion import code_motion, grid_of, moving_code

    moving = moving_code(run.prior, code)
    grid = grid_of(run.prior, rows=rows, columns=columns, moving=moving.code)
    return code_motion(run.prior, grid, moving=moving, between=between, ends=ends, seed=seed, device=run.device)


def _noise_motion(run: LoadedRun, *, moves: bool, is_film: bool, rows: int | None, columns: int, seed: int) -> Motion:
    from ganlab_core.traversal.motion import grid_of, noise_motion, still

    grid = grid_of(run.prior, rows=rows, columns=columns)
    if not moves:
        return still(run.prior, grid, seed=seed, device=run.device)
    # A picture has room for one way from a draw to another; a film goes on to a third and back.
    return noise_motion(run.prior, grid, seed=seed, device=run.device, stops=3 if is_film else 2)


def _check_together(
    suffix: str,
    *,
    varies: bool,
    noise: bool,
    ends: tuple[float, float] | None,
    frames: int | None,
    fps: int | None,
) -> None:
    if varies and noise:
        raise click.UsageError("--noise holds every code; drop it, or drop --code and --between")
    if ends is not None and not varies:
        raise click.UsageError("--range is of a code that varies; name it: --code NAME")
    if suffix == ".png" and (frames, fps) != (None, None):
        raise click.UsageError("--frames and --fps are about a .gif; drop them, or name one: --out FILE.gif")
