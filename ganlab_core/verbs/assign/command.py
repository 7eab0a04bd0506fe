"""`ganlab assign`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.numbers import IMAGES
from ganlab_core.verbs.command_line.options import BY, DEVICE, FOLLOW_LINKS, JSON, MEGAPIXELS, RUN, SOURCE
from ganlab_core.verbs.command_line.say import say_json

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins
    from ganlab_core.verbs.assign.reading import By


@click.command(
    "assign",
    epilog="Examples: `ganlab assign RUN photos --out codes.csv`, `ganlab assign RUN photos --out codes.csv "
    "--sort-into sorted`, `ganlab assign RUN --out codes.csv --set '~dataset.imbalance'`.",
)
@RUN
@SOURCE
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.csv", help="The table."
)
@click.option(
    "--embeddings",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.npz",
    help="What the recognition head computes of each image, or reads in its features: array `embeddings`.",
)
@click.option(
    "--sort-into",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Link each image into FOLDER/code-K; FOLDER must not exist. ganlab passes over links that lead out of a "
    "folder: add --copy if it is to read this one.",
)
@click.option("--copy", is_flag=True, help="With --sort-into: copy images instead of linking to them.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the data set, as for train: dataset.root=data; or say where other files of RUN lie by now.",
)
@click.option("--batch-size", type=IMAGES, default=256, show_default=True, help="Images read and assigned at once.")
@MEGAPIXELS
@FOLLOW_LINKS
@BY
@JSON
@DEVICE
@click.pass_obj
def command(
    plugins: Plugins,
    run: Path,
    source: str | None,
    out: Path,
    embeddings: Path | None,
    sort_into: Path | None,
    copy: bool,
    overrides: tuple[str, ...],
    batch_size: int,
    megapixels: int | None,
    follow_links: bool,
    by: By | None,
    as_json: bool,
    device: str | None,
) -> None:
    """Give each image the class that RUN sees in it: its code, the probability, and the next best code.

    Images are those of FOLDER, of the data set DATASET, or of RUN's own data set. Any number of files is read in
    constant memory; files that cannot be read are listed in FILE.unreadable.csv.
    """
    if copy and sort_into is None:
        raise click.UsageError("--copy is about --sort-into; name a folder: --sort-into FOLDER")
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.system.places import is_printed
    from ganlab_core.verbs.assign.pick import pick_source
    from ganlab_core.verbs.assign.shown import counted, print_assignments
    from ganlab_core.verbs.assign.stream import Outputs, assign_to_files

    about_data = [one for one in overrides if one.lstrip("+~").startswith("dataset.")]
    elsewhere = [one for one in overrides if one not in about_data]
    loaded = load_run(run, device=device, overrides=elsewhere, plugins=plugins)
    pictures = pick_source(
        loaded,
        source,
        plugins=plugins,
        overrides=about_data,
        batch_size=batch_size,
        megapixels=megapixels,
        follow_links=follow_links,
    )
    outputs = Outputs(table=out, embeddings=embeddings, sort_into=sort_into, copy=copy)
    with counted("assigned", total=pictures.total) as watch:
        summary = assign_to_files(loaded, pictures, outputs, by=by, watch=watch)
    if as_json:
        say_json(summary.values(), err=is_printed(out))
    else:
        print_assignments(summary)
