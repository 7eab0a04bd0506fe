"""`ganlab benchmark`."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.shell import shell_command
from ganlab_core.verbs.command_line.numbers import PROCESSES
from ganlab_core.verbs.command_line.say import say

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


_MOST = 10_000


def _numbers(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """Whole numbers such as `1-5` or `0,2,7-9`, each once, in their order."""
    if text is None:
        return None
    numbers: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,9})(?:-([0-9]{1,9}))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first or last - first >= _MOST:
            raise click.BadParameter(f"{text!r}: give whole numbers and ranges, such as 1-5 or 0,2,7-9")
        numbers |= dict.fromkeys(range(first, last + 1))
        if len(numbers) > _MOST:
            raise click.BadParameter(f"{text!r:.40}: these are more than {_MOST:,} numbers")
    return tuple(numbers)


@click.command(
    "benchmark",
    epilog="Example: `ganlab benchmark elastic/digits elastic/digits-uniform --seeds 0-4 --out results`.",
)
@click.argument("recipes", nargs=-1, required=True, metavar="RECIPE...")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="Where results lie.")
@click.option(
    "--seeds", callback=_numbers, default="0", show_default=True, metavar="NUMBERS", help="Such as 0-4 or 0,3."
)
@click.option(
    "--splits",
    callback=_numbers,
    metavar="NUMBERS",
    help="Imbalanced splits: rows of the recipe's imbalance file, else its imbalance's seeds.",
)
@click.option("--jobs", type=PROCESSES, default=1, show_default=True, help="Runs side by side.")
@click.option("--threads", type=PROCESSES, help="Threads a run; else the cores shared out.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="As for train, in every recipe.")
@click.option("--over-time", metavar="KEY", help="The figure to draw over the steps; else the metrics' headline.")
@click.pass_obj
def command(
    plugins: Plugins,
    recipes: tuple[str, ...],
    out: Path,
    seeds: tuple[int, ...],
    splits: tuple[int, ...] | None,
    jobs: int,
    threads: int | None,
    overrides: tuple[str, ...],
    over_time: str | None,
) -> None:
    """Run each RECIPE on each split with each seed, and write a table of means and standard deviations.

    Called again, it skips what is done and goes on with what was begun; the table covers all results in FOLDER.
    """
    from ganlab_core.verbs.benchmark.benchmark import Benchmark
    from ganlab_core.verbs.benchmark.plan import headline, plan, unfit
    from ganlab_core.verbs.benchmark.processes import Stopped

    cells = plan(recipes, splits=splits, seeds=seeds, overrides=overrides, plugins=plugins)
    files = [file.path for file in plugins.files]
    benchmark = Benchmark(out, shell_command("ganlab", *sys.argv[1:]), plugin_files=files)
    stopped, failed = None, []
    with benchmark.locked():
        missing = benchmark.missing(cells)
        say(f"{len(cells)} runs, {len(cells) - len(missing)} of them done before")
        for label, reason in unfit(missing, plugins=plugins).items():
            say(f"{label} will fail: {reason}", err=True)
        try:
            failed = benchmark.run(missing, processes=jobs, threads=threads, report=say)
        except Stopped as stop:
            stopped = stop.number
        results = benchmark.results(first=list(dict.fromkeys(cell.label for cell in cells)))
        over_time = over_time or headline(cells, plugins=plugins)
        for path in benchmark.write_tables(results, over_time=over_time) if results else ():
            say(path)
    if stopped is not None:
        say(f"stopped by {signal.Signals(stopped).name}; call it again to go on", err=True)
        sys.exit(128 + stopped)
    if failed:
        raise GanlabError(f"{len(failed)} of {len(missing)} runs failed: {', '.join(failed)}; call again to retry them")
