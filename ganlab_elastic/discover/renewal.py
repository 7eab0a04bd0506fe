"""The table, the record and the report of what a run has found so far, each written whole in place of an older one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch

from ganlab_core import (
    Assigned,
    AssignmentSummary,
    Found,
    GanlabError,
    LoadedRun,
    Plugins,
    assign_folder,
    load_run,
    write_found,
    write_report,
)
from ganlab_elastic.clusters.separation import separation
from ganlab_elastic.clusters.taught import TaughtHead
from ganlab_elastic.discover.progress import ASSIGNING, REPORT, Progress
from ganlab_elastic.discover.record import Plan
from ganlab_elastic.discover.verdict import judge

_MOST = 8192  # images whose neighbours are looked at


@dataclass(frozen=True)
class Renewed:
    """What was written, and the seconds that it took."""

    assignments: AssignmentSummary
    found: Found
    report: Path
    seconds: float


def renew(run: Path, folder: Path, plan: Plan, *, plugins: Plugins, progress: Progress) -> Renewed:
    """Assign every image of a folder, judge what was found, and write both and the report.

    Raises:
        GanlabError: the run has no whole checkpoint, no image can be read, or a file cannot be written.
    """
    started = time.perf_counter()
    loaded = load_run(run, plugins=plugins)
    progress.begin(ASSIGNING)
    sample = _Sample(every=-(-loaded.facts.size // _MOST))

    def watch(done: int) -> None:
        progress.reach(min(done / loaded.facts.size, 1.0))

    assignments = assign_folder(loaded, folder, table=loaded.files.assignments, see=sample.take, watch=watch)
    if not assignments.images:
        raise GanlabError(f"none of the image files in '{folder}' can be read any more; bring them back")
    found = judge(assignments, separation=_separation(loaded, sample), plan=plan, run=run, taken=loaded.number)
    write_found(found, run)
    progress.begin(REPORT)
    report = write_report([run], loaded.files.report, plugins=plugins)
    return Renewed(assignments, found, report, time.perf_counter() - started)


def _separation(loaded: LoadedRun, sample: _Sample) -> float:
    """What was said when a teacher's classes were found, in more than its features; else what another look says."""
    head = loaded.model.networks.recognition
    return head.separation.item() if isinstance(head, TaughtHead) else sample.separation()


class _Sample:
    """Embeddings and codes of every so many-th image, as they are assigned."""

    def __init__(self, *, every: int) -> None:
        self._every = max(every, 1)
        self._seen = 0
        self._parts: list[Assigned] = []

    def take(self, assigned: Assigned) -> None:
        chosen = slice(-self._seen % self._every, None, self._every)
        self._seen += len(assigned.codes_N)
        self._parts.append(
            Assigned(
                codes_N=assigned.codes_N[chosen],
                confidences_N=assigned.confidences_N[chosen],
                runners_up_N=assigned.runners_up_N[chosen],
                embeddings_ND=assigned.embeddings_ND[chosen].clone(),  # not the whole batch's memory
            )
        )

    def separation(self) -> float:
        codes_N = torch.cat([part.codes_N for part in self._parts])
        return separation(torch.cat([part.embeddings_ND for part in self._parts]), codes_N)
