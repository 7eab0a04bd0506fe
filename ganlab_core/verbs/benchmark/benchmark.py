"""`benchmark`: the runs that are not there yet, then the table over all that are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.interface.errors import GanlabError
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.atomic import placed_together, write_whole
from ganlab_core.system.locking import locked
from ganlab_core.system.own_python import python_main
from ganlab_core.system.regular_files import open_regular, read_regular
from ganlab_core.verbs.benchmark.figure import draw_figures, draw_over_time
from ganlab_core.verbs.benchmark.plan import Cell
from ganlab_core.verbs.benchmark.processes import Ended, Job, run_side_by_side
from ganlab_core.verbs.benchmark.result import Result, collect, read_result, write_result
from ganlab_core.verbs.benchmark.table import comma_separated, markdown

_LOG_LINES = 3
_LOG_BYTES = 1 << 14  # in which they lie


@dataclass(frozen=True)
class Benchmark:
    """A folder of results: `LABEL/seedN.json` for each run, the tables and pictures, and `runs/` with all the rest.

    Args:
        out: the folder; it may hold results of earlier calls.
        command: the command line, kept in every result.
        plugin_files: what each run is given with `--plugin`.
    """

    out: Path
    command: str
    plugin_files: Sequence[Path] = ()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the folder's runs, so that no other benchmark writes there.

        Raises:
            GanlabError: another one does, or inside a file cannot be written.
        """
        with locked(self.out / "runs", option="--out"):
            try:
                yield
            except OSError as error:
                raise GanlabError(
                    f"{error.filename or self.out}: {error.strerror or error}; runs that are done are kept. Mend this, "
                    "and call again to go on"
                ) from error

    def missing(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells without a result.

        Raises:
            GanlabError: a result or an unfinished run of another recipe lies where one of these belongs.
        """
        missing = []
        for cell in cells:
            path = self._result(cell)
            if not path.exists():
                missing.append(cell)
                self._require_same_recipe(cell)
            elif read_result(path, inside=self.out).recipe_hash != cell.recipe_hash:
                raise GanlabError(
                    f"{path} is the result of another recipe (a setting, or a default, has changed since); "
                    "remove it to run it again, or name another folder with --out"
                )
        return missing

    def run(
        self, cells: Sequence[Cell], *, processes: int, report: Callable[[str], None], threads: int | None = None
    ) -> list[str]:
        """Run cells, those that were begun from their newest checkpoint; the names of those that failed.

        Raises:
            Stopped: a signal asked to stop; what is finished is kept, what is begun goes on at the next call.
        """
        threads = threads or max(1, (os.cpu_count() or 1) // processes)
        by_name = {cell.name: cell for cell in cells}
        begun = {cell.name for cell in cells if RunFolder(self._run(cell)).recipe.exists()}
        failed: list[str] = []
        jobs = [self._job(cell) for cell in cells]
        for number, ended in enumerate(run_side_by_side(jobs, processes=processes, threads=threads), start=1):
            cell = by_name[ended.job.name]
            if ended.code == 0:
                seconds = None if cell.name in begun else round(ended.seconds, 1)
                result = collect(cell, self._run(cell), command=self.command, seconds=seconds, threads=threads)
                write_result(result, self._result(cell))
                report(f"{number}/{len(jobs)}  {cell.name}  done in {ended.seconds:.0f} s")
            else:
                failed.append(cell.name)
                report(f"{number}/{len(jobs)}  {cell.name}  failed: {_last_words(ended)}")
        return failed

    def results(self, *, first: Sequence[str] = ()) -> list[Result]:
        """Every result in the folder, those of the labels `first` in that order, then others by name."""
        found = [read_result(path, inside=self.out) for path in sorted(self.out.glob("*/*seed*.json"))]
        order = {label: index for index, label in enumerate(first)}
        return sorted(found, key=lambda one: (order.get(one.label, len(order)), one.label, one.split or 0, one.seed))

    def write_tables(self, results: Sequence[Result], *, over_time: str | None) -> list[Path]:
        """Write `table.md`, `table.csv`, `figures.png` and, where there are several evaluations, one over time."""
        with placed_together() as outputs:
            for name, text in {"table.md": markdown(results), "table.csv": comma_separated(results)}.items():
                outputs.aside(self.out / name).write_text(text, encoding="utf-8")
        written = list(map(Path, outputs.places))
        if draw_figures(results, self.out / "figures.png"):
            written.append(self.out / "figures.png")
        if over_time is not None and draw_over_time(results, over_time, self.out / f"{over_time}.png"):
            written.append(self.out / f"{over_time}.png")
        return written

    def _result(self, cell: Cell) -> Path:
        return self.out / f"{cell.name}.json"

    def _run(self, cell: Cell) -> Path:
        return self.out / "runs" / cell.name

    def _recipe(self, cell: Cell) -> Path:
        return self.out / "runs" / f"{cell.name}.yaml"

    def _require_same_recipe(self, cell: Cell) -> None:
        begun = RunFolder(self._run(cell)).recipe.exists()
        if begun and read_regular(self._recipe(cell)) != to_yaml(cell.recipe).encode():
            raise GanlabError(
                f"{self._run(cell)} was begun with another recipe; remove it, or name another folder with --out"
            )

    def _job(self, cell: Cell) -> Job:
        recipe, run = self._recipe(cell), self._run(cell)
        recipe.parent.mkdir(parents=True, exist_ok=True)
        write_whole(recipe, to_yaml(cell.recipe))
        what = (str(recipe), "--run", str(run), "--or-resume")
        files = [word for path in self.plugin_files for word in ("--plugin", str(path))]
        command = python_main("ganlab_core.verbs.benchmark.job", "train", *what, *files)
        return Job(cell.name, command, log=run.with_suffix(".log"))


def _last_words(ended: Ended) -> str:
    with open_regular(ended.job.log) as log:
        log.seek(max(log.seek(0, os.SEEK_END) - _LOG_BYTES, 0))
        lines = log.read().decode("utf-8", errors="replace").splitlines()
    said = " ".join(line.strip() for line in lines[-_LOG_LINES:])
    return f"exit code {ended.code}, {said or 'it said nothing'} ({ended.job.log})"
