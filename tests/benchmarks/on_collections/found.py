"""`ganlab discover` as users run it, some side by side, and what it found."""

from __future__ import annotations

import csv
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganlab_core.verbs.benchmark.processes import Job, run_side_by_side
from tests.benchmarks.on_collections.draws import Images
from tests.benchmarks.on_collections.inputs import PIXELS
from tests.benchmarks.on_collections.kept import Key

_GANLAB = (sys.executable, "-m", "ganlab_core")


@dataclass(frozen=True)
class Request:
    """One `ganlab discover`.

    Attributes:
        run: the run folder to make.
        draws: whether it learns to draw the classes, too.
        device: of its recipe; None leaves it to ganlab.
    """

    key: Key
    images: Images
    run: Path
    draws: bool
    device: str | None

    @property
    def arguments(self) -> list[str]:
        """Of `ganlab discover`, without the folders, the seed and the number of classes."""
        features = "none" if self.key.sees == PIXELS else self.key.sees
        words = ["--minutes", f"{self.key.minutes:g}", "--features", features]
        words += [] if self.draws else ["--no-draw"]
        return words + (["--set", f"device={self.device}"] if self.device else [])

    @property
    def command(self) -> str:
        """The command line, the same for all draws of all collections."""
        told = ["--classes", "K"] if self.key.told else []
        return " ".join(["ganlab", "discover", "IMAGES", "--seed", "DRAW", *told, *self.arguments])


@dataclass(frozen=True)
class Found:
    """What came of a request.

    Attributes:
        codes_N: in the order of the files' names.
        confidences_N: from 0 to 1.
    """

    request: Request
    codes_N: npt.NDArray[np.int64]
    confidences_N: npt.NDArray[np.float64]
    seconds: float


def discover(requests: Sequence[Request], *, workers: int) -> Iterator[Found]:
    """Run all, `workers` at a time with an equal share of the cores, and yield each as it ends; say which failed."""
    threads = max(1, (os.cpu_count() or 1) // workers)
    by_name = {str(request.run): request for request in requests}
    jobs = [_job(request) for request in requests]
    for ended in run_side_by_side(jobs, processes=workers, threads=threads):
        request = by_name[ended.job.name]
        if ended.code != 0:
            said = ended.job.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            name = f"{request.key.collection} {request.key.draw}: {request.command}"
            print(f"{name}: exit code {ended.code}, {' '.join(said[-3:])} ({ended.job.log})", flush=True)
            continue
        codes_N, confidences_N = read_assignments(request.run / "assignments.csv", request.images.names)
        yield Found(request, codes_N, confidences_N, ended.seconds)


def read_assignments(table: Path, names: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Codes and confidences of files, in the order of `names`."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = {Path(row["path"]).name: row for row in csv.DictReader(file)}
    codes_N = np.array([int(rows[name]["code"]) for name in names], dtype=np.int64)
    return codes_N, np.array([float(rows[name]["confidence"]) for name in names])


def _job(request: Request) -> Job:
    """A run that was begun and not kept is begun anew."""
    shutil.rmtree(request.run, ignore_errors=True)
    request.run.parent.mkdir(parents=True, exist_ok=True)
    words = [str(request.images.folder), "--run", str(request.run), "--seed", str(request.key.draw)]
    words += ["--classes", str(request.images.classes)] if request.key.told else []
    command = (*_GANLAB, "discover", *words, *request.arguments)
    return Job(str(request.run), command, log=Path(f"{request.run}.log"))
