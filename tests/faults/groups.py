"""Row 16: two processes under torchrun; one of them killed in a step or in a save; two go on as one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ganlab_core.runs.checkpoint import newest_checkpoint
from tests.faults.compare import require_equal, require_logged_once
from tests.faults.harness import Bench, logged_steps, start, wait_until

_SECONDS = 15.0
_STEPS = 240
_LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
_LAUNCH += [
    "--max-restarts",
    "3",
    "--monitor-interval",
    "0.2",
    "--no-python",
    "--",
    str(Path(sys.executable).with_name("ganlab")),
]


def groups(bench: Bench) -> None:
    """The whole group goes on by itself, within seconds of its restart, and comes to the same end."""
    folder = bench.new("groups")
    steps = _STEPS if bench.long else 60
    options = ("--steps", steps, "--set", "checkpoint.every=5")
    if bench.long:
        _finish(start(folder, "train", "tiny.yaml", "--run", "whole", *options, launcher=_LAUNCH), folder)
    kills = [(rank, in_save) for rank in (0, 1) for in_save in (False, True)] if bench.long else [(0, True)]
    for rank, in_save in kills:
        with bench.case(f"rank {rank} killed in a {'save' if in_save else 'step'}"):
            run = folder / f"rank{rank}{'save' if in_save else 'step'}"
            arguments = ("train", "tiny.yaml", "--run", run.name, "--or-resume", *options)
            group = start(folder, *arguments, launcher=_LAUNCH)
            try:
                seconds = _kill_one(bench, group, run, rank=rank, in_save=in_save)
                _finish(group, folder)
            finally:
                if group.poll() is None:
                    group.send_signal(signal.SIGTERM)
                    group.wait(timeout=60)
            bench.notes.append(f"{seconds:.0f} s from restart to step")
            assert seconds < _SECONDS or not bench.long, f"it took {seconds:.0f} s to go on"
            require_logged_once(run, steps=steps)
            if bench.long:
                require_equal(run, folder / "whole", number=steps)
    if bench.long:
        with bench.case("two go on as one"):
            extended = ("train", "--resume", "rank0step", "--steps", steps + 5)
            _finish(start(folder, *extended), folder)
            require_logged_once(folder / "rank0step", steps=steps + 5)


def _kill_one(bench: Bench, group: subprocess.Popen[str], run: Path, *, rank: int, in_save: bool) -> float:
    """Kill one process of the group; the seconds from the group's restart to a further step."""
    saves = run / "checkpoints"
    after = 10 + 5 * bench.random.randrange(4)
    assert wait_until(lambda: len(logged_steps(run)) >= after, group), _said(run)
    worker = _worker(group.pid, rank)
    if in_save:
        assert wait_until(lambda: any(saves.glob(".writing-*")), group), _said(run)
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: worker not in _workers(group.pid), group), _said(run)
    found = newest_checkpoint(saves)
    assert found is not None, "the checkpoints are lost"
    assert found.number >= after - 5, f"the newest checkpoint is of step {found.number}"
    assert wait_until(lambda: len(_workers(group.pid)) == 2, group), _said(run)
    restarted = time.monotonic()
    before = (run / "metrics.jsonl").stat().st_mtime_ns
    assert wait_until(lambda: (run / "metrics.jsonl").stat().st_mtime_ns > before, group), _said(run)
    return time.monotonic() - restarted


def _workers(launcher: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()]


def _worker(launcher: int, rank: int) -> int:
    told = f"RANK={rank}".encode()
    return next(pid for pid in _workers(launcher) if told in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))


def _finish(process: subprocess.Popen[str], folder: Path) -> None:
    code = process.wait(timeout=300)
    assert code == 0, f"exit code {code}: {(folder / 'out.txt').read_text()[-3000:]}"


def _said(run: Path) -> str:
    return (run.parent / "out.txt").read_text()[-1500:]
