"""The battery: every fault for real, at length. `python -m tests.faults --kills 100 --seed 0` prints a table."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.broken_plugins import broken_plugins
from tests.faults.damage import damaged_newest, hostile_files
from tests.faults.disks import full_disks
from tests.faults.endings import endings
from tests.faults.families import resumed_families
from tests.faults.figures import collapsed, not_finite
from tests.faults.groups import groups
from tests.faults.harness import Bench
from tests.faults.kills import kill_and_resume
from tests.faults.leaving import leaving
from tests.faults.locks import locks
from tests.faults.lowest import lowest_versions
from tests.faults.memory import memory
from tests.faults.paths import paths
from tests.faults.pictures import pictures
from tests.faults.readers import readers
from tests.faults.recipes import recipes
from tests.faults.same import same_bits
from tests.faults.shown import shown
from tests.faults.stopping import signals
from tests.faults.strangers import strangers
from tests.faults.surroundings import surroundings
from tests.faults.sweeps import sweeps
from tests.faults.system_calls import system_calls


@dataclass(frozen=True)
class Result:
    """What came of a row; `failures` says what failed, `notes` what was measured or could not be tried."""

    row: int
    fault: str
    tried: int
    held: int
    failed: int
    seconds: float
    notes: list[str]
    failures: list[str]

    def __str__(self) -> str:
        """A line of the table."""
        cells = (self.row, self.fault, self.tried, self.held, self.failed, f"{self.seconds:.0f}", "; ".join(self.notes))
        return "| " + " | ".join(map(str, cells)) + " |"


FAULTS = {
    1: "kill -9 at random times, a third of them inside a save",
    2: "a resumed run against one that was not stopped, each recipe family",
    3: "killed and resumed five times",
    4: "SIGTERM, SIGINT, a second SIGINT",
    5: "the newest checkpoint damaged",
    6: "hostile files in a run folder",
    7: "full disk, file-size limit, read-only disk",
    8: "malformed and hostile recipes",
    9: "names, paths and links that lead elsewhere",
    10: "broken, unusual and large images, what lies beside them, IDX files",
    11: "plugins that break",
    12: "a loss or gradient that is not finite",
    13: "mode collapse, and healthy controls",
    14: "memory that gives out or grows, orphans",
    15: "two runs in one folder, a stale lock",
    16: "two processes, one of them killed",
    17: "a sweep with crashes whose driver is killed",
    18: "kill -9, and a full disk, at system calls of every verb that writes, then the same call again",
    19: "a hostile run folder, and every verb that reads one",
    20: "a stranger's folder as working folder",
    21: "other threads, folders and places, SIGTERM before a rollback, changed data",
    22: "readers beside a writer, two starts without a name at once",
    23: "signals to verbs that write, a reader that goes away, a closed terminal",
    24: "the end of a run: what fails there costs no step",
    25: "control characters, markup and formulas in every name that is shown",
    26: "every verb with the lowest versions",
}
ROWS: dict[tuple[int, ...], Callable[..., None]] = {
    (1, 3): kill_and_resume,
    (2,): resumed_families,
    (4,): signals,
    (5,): damaged_newest,
    (6,): hostile_files,
    (7,): full_disks,
    (8,): recipes,
    (9,): paths,
    (10,): pictures,
    (11,): broken_plugins,
    (12,): not_finite,
    (13,): collapsed,
    (14,): memory,
    (15,): locks,
    (16,): groups,
    (17,): sweeps,
    (18,): system_calls,
    (19,): strangers,
    (20,): surroundings,
    (21,): same_bits,
    (22,): readers,
    (23,): leaving,
    (24,): endings,
    (25,): shown,
    (26,): lowest_versions,
}
"""A function gets a bench for each of its rows."""


def run_rows(rows: Sequence[int], *, kills: int, seed: int, folder: Path) -> list[Result]:
    """Try rows at length, in a folder; a line is printed as each comes to its end."""
    results = []
    for numbers, body in ROWS.items():
        if not set(numbers) & set(rows):
            continue
        draws = random.Random(f"{seed}/{numbers}")
        place = folder / "-".join(map(str, numbers))
        place.mkdir()
        benches = [Bench(place, draws, kills, long=True) for _ in numbers]
        started = time.monotonic()
        with benches[0].case("the row came to its end"):
            body(*benches)
        benches[0].tried -= 1
        seconds = time.monotonic() - started
        for number, bench in zip(numbers, benches, strict=True):
            failed = len(bench.failures)
            result = Result(
                number,
                FAULTS[number],
                bench.tried,
                max(0, bench.tried - failed),
                failed,
                seconds,
                bench.notes,
                bench.failures,
            )
            results.append(result)
            print(result, flush=True)
    return sorted(results, key=lambda result: result.row)


def main() -> int:
    """Print the table, and what failed; 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many SIGKILLs rows 1 and 3 send")
    parser.add_argument("--seed", type=int, default=0, help="of the times and places of the faults")
    parser.add_argument("--rows", default="", help="only these, such as 1,3,5")
    parser.add_argument("--json", type=Path, help="a file for the results")
    options = parser.parse_args()
    rows = [int(row) for row in options.rows.split(",")] if options.rows else list(FAULTS)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="ganlab-faults-") as folder:
        results = run_rows(rows, kills=options.kills, seed=options.seed, folder=Path(folder))
    print("\n| row | fault | tried | held | failed | seconds | |\n|---:|---|---:|---:|---:|---:|---|")
    print("\n".join(map(str, results)))
    for result in results:
        for failure in result.failures:
            print(f"\nrow {result.row}: {failure}", file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    return int(any(result.failed for result in results))


if __name__ == "__main__":
    sys.exit(main())
