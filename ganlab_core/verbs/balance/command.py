"""`ganlab balance`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.verbs.command_line.options import BY, DEVICE, JSON, RUN, SOURCE

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins
    from ganlab_core.verbs.assign.reading import By
    from ganlab_core.verbs.balance.balanced import BalanceSummary


@click.command(
    "balance",
    epilog="Examples: `ganlab balance RUN photos --out balanced`, `ganlab balance RUN --out balanced --per-class 500`.",
)
@RUN
@SOURCE
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help="The folder to make; it must be new.",
)
@click.option(
    "--per-class",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Images of each class; of a class with more, so many are drawn. Else as many as the largest has.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed makes the same folder."
)
@BY
@JSON
@DEVICE
@click.pass_obj
def command(
    plugins: Plugins,
    run: Path,
    source: str | None,
    out: Path,
    per_class: int | None,
    seed: int,
    by: By | None,
    as_json: bool,
    device: str | None,
) -> None:
    """Make a folder with equally many images of each class that RUN finds: real ones, topped up with generated ones.

    Images are those of FOLDER, of the data set DATASET, or of RUN's own data set. torchvision's ImageFolder reads
    what is made; its manifest.csv says which image is real, and where each comes from.
    """
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.verbs.assign.pick import pick_source
    from ganlab_core.verbs.assign.shown import counted
    from ganlab_core.verbs.balance.balanced import write_balanced

    loaded = load_run(run, device=device, plugins=plugins)
    pictures = pick_source(loaded, source, plugins=plugins)
    with counted("assigned", total=pictures.total) as watch:
        summary = write_balanced(loaded, pictures, out, per_class=per_class, seed=seed, by=by, watch=watch)
    if as_json:
        values = {
            "folder": str(out),
            "real": summary.real,
            "generated": summary.generated,
            "unreadable": summary.unreadable,
        }
        click.echo(json.dumps(values, indent=2))
    else:
        _print(summary, out)


def _print(summary: BalanceSummary, out: Path) -> None:
    from rich.table import Table

    from ganlab_core.verbs.command_line.console import plain_console

    console = plain_console()
    table = Table("class", "real", "generated", title="images by class")
    empty = []
    for code, (real, generated) in enumerate(zip(summary.real, summary.generated, strict=True)):
        if real:
            table.add_row(f"code-{code}", f"{real:,}", f"{generated:,}")
        else:
            empty.append(str(code))
    console.print(table)
    lines = [f"folder        {out}", f"manifest      {out / 'manifest.csv'}"]
    if empty:
        lines.append(f"left out      codes that no image has: {', '.join(empty)}")
    if summary.unreadable:
        lines.append(f"unreadable    {summary.unreadable} files; `ganlab assign` lists them")
    console.print("\n".join(lines), soft_wrap=True)
