"""Row 4: SIGTERM and SIGINT save and leave; a second SIGINT leaves at once."""

from __future__ import annotations

import signal
import subprocess
import time
from functools import partial
from pathlib import Path

from ganlab_core.runs.checkpoint import newest_checkpoint
from tests.faults.harness import Bench, logged_steps, start, wait_until

_SECONDS = 2.0
# A step of these takes longer than a second SIGINT may.
_SLOW_STEP = ("--set", "batch_size=800", "--set", "networks.trunk.width=64", "--set", "dataset.size=32")


def signals(bench: Bench) -> None:
    """Signals at random times: a checkpoint of the last step, and the exit code that belongs to the signal."""
    both = [signal.SIGTERM, signal.SIGINT] * 5
    for number, one in enumerate(both if bench.long else ()):
        with bench.case(f"{one.name} {number}"):
            run = _run(bench)
            process = run.process
            assert wait_until(partial(logged_steps, run.path), process), run.said()
            time.sleep(bench.random.uniform(0.0, 1.0))
            taken = max(logged_steps(run.path))
            process.send_signal(one)
            code = process.wait(timeout=60)
            assert code == 128 + one, f"exit code {code}: {run.said()}"
            assert "Traceback" not in run.said(), run.said()
            found = newest_checkpoint(run.path / "checkpoints")
            assert found is not None, "no checkpoint"
            assert found.number == max(logged_steps(run.path)) <= taken + 2, f"a checkpoint of step {found.number}"
    for number in range(5 if bench.long else 1):
        with bench.case(f"a second SIGINT {number}"):
            run = _run(bench, *_SLOW_STEP)
            process = run.process
            assert wait_until(partial(logged_steps, run.path), process), run.said()
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
            assert process.poll() is None, "the first one ended it, so that the second is not tried"
            process.send_signal(signal.SIGINT)
            sent = time.monotonic()
            code = process.wait(timeout=60)
            seconds = time.monotonic() - sent
            assert seconds < _SECONDS, f"it took {seconds:.1f} s"
            assert code == 130, f"exit code {code}: {run.said()}"
            assert "Traceback" not in run.said(), run.said()


class _Run:
    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder, self.path, self.process = folder, folder / "run", process

    def said(self) -> str:
        """All that it printed."""
        return (self.folder / "out.txt").read_text()[-1500:]


def _run(bench: Bench, *options: str) -> _Run:
    folder = bench.new("signals")
    return _Run(folder, start(folder, "train", "tiny.yaml", "--run", "run", "--steps", 100_000, *options))
