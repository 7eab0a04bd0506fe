"""How verbs show images going by, and what codes they were given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from ganlab_core.interface.printable import printable
from ganlab_core.system.places import is_printed
from ganlab_core.verbs.command_line.console import plain_console

if TYPE_CHECKING:
    from ganlab_core.verbs.assign.stream import AssignmentSummary


@contextmanager
def counted(verb: str, *, total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to be told how many images are done: on a terminal, a bar with images a second; elsewhere silence."""
    console = plain_console(stderr=True)
    started = time.perf_counter()
    columns = (TextColumn(verb), BarColumn(), TextColumn("{task.fields[figures]}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total, figures="")

        def watch(done: int) -> None:
            rate = done / max(time.perf_counter() - started, 1e-9)
            progress.update(task, completed=done, figures=f"{done:,} images  {rate:,.0f} images/s")

        yield watch


def print_assignments(summary: AssignmentSummary) -> None:
    """Print a row for each code that has images, then where the table is and what was left out."""
    console = plain_console(stderr=is_printed(summary.table))
    console.print(_sizes(summary))
    lines = [
        f"{summary.images:,} images in {summary.seconds:.1f} s, {summary.images_per_second:,.0f} images/s",
        f"table         {summary.table}",
    ]
    if summary.unreadable:
        listed = f"listed in {summary.unreadable_list}" if summary.unreadable_list else "to list them, name a file"
        lines.append(f"unreadable    {summary.unreadable} files, {listed}")
    lines += [f"passed over   {sentence}" for sentence in summary.passed_over]
    lines += [f"read so       {sentence}" for sentence in summary.remarks]
    console.print("\n".join(map(printable, lines)), soft_wrap=True)


def _sizes(summary: AssignmentSummary) -> Table:
    shown = Table("code", "images", "share", "mean confidence", title="images by code")
    for code, (count, confidence) in enumerate(zip(summary.counts, summary.mean_confidences, strict=True)):
        if confidence is not None:
            shown.add_row(str(code), f"{count:,}", f"{count / summary.images:.1%}", f"{confidence:.3f}")
    return shown
