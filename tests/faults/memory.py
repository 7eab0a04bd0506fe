"""Row 14: memory that gives out, memory that grows, and processes that outlive a run."""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path

from tests.faults.harness import Bench, ganlab, logged_steps, start, wait_until

_DRIFT = 0.02
_GIB = 1 << 30
_LARGE = {
    "networks": ("networks.generator.width=20000",),
    "step": ("dataset.size=256", "batch_size=800", "networks.trunk.width=64", "networks.generator.width=4"),
}


def memory(bench: Bench) -> None:
    """Advice where memory gives out; no growth over many steps; nothing left of a run that was killed."""
    folder = bench.new("memory")
    limits = {resource.RLIMIT_AS: 6 * _GIB}
    for name, overrides in _LARGE.items():
        with bench.case(f"out of memory: {name}"):
            settings = [part for override in overrides for part in ("--set", override)]
            outcome = ganlab(folder, "train", "tiny.yaml", "--run", name, *settings, limits=limits)
            outcome.require_message("out of memory", "batch_size", "networks.*.width")
    with bench.case("resident memory drifts less than 2 %"):
        warm, steps = (400, 1000) if bench.long else (100, 200)
        process = start(
            folder, "train", "tiny.yaml", "--run", "long", "--steps", 100_000, "--set", "checkpoint.every=20"
        )
        try:
            run = folder / "long"
            assert wait_until(lambda: len(logged_steps(run)) >= warm, process)
            before = _resident(process)
            assert wait_until(lambda: len(logged_steps(run)) >= warm + steps, process)
            drift = _resident(process) / before - 1.0
            bench.notes.append(f"resident memory grew by {drift:.2%} in {steps} steps")
            assert drift < _DRIFT, f"it grew by {drift:.1%} in {steps} steps"
            with bench.case("a run has no process of its own that could outlive it"):
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
                assert children.read_text().split() == [], "it has child processes"
        finally:
            process.kill()
            process.wait()
    bench.notes.append("ganlab has no loader workers to kill: images lie in memory")


def _resident(process: subprocess.Popen[str]) -> float:
    """Pages in memory, the mean of a second."""
    found = []
    for _ in range(10):
        found.append(int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]))
        time.sleep(0.1)
    return sum(found) / len(found)
