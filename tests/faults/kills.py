"""Rows 1 and 3: SIGKILL at seeded random times, a third of them inside a save; five in a row; then run to the end."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from pathlib import Path

import torch

from ganlab_core.runs.checkpoint import newest_checkpoint
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.training.batches import Batches
from tests.faults.compare import require_equal, require_logged_once
from tests.faults.harness import Bench, ganlab, logged_steps, start, wait_until

_KILLS_IN_A_ROW = 5
_EVERY = 5


def kill_and_resume(bench: Bench, in_a_row: Bench) -> None:
    """Kill runs again and again, and let each come to its end, which must be that of a run that was left alone.

    Args:
        bench: counts each kill: no checkpoint is lost, and no more than one interval is to be done again.
        in_a_row: counts each run that was killed: the same bits at its end, each step logged once.
    """
    steps = 400 if bench.long else 200
    options = ("--set", f"checkpoint.every={_EVERY}", "--steps", steps)
    folder = bench.new("kills")
    ganlab(folder, "train", "tiny.yaml", "--run", "whole", *options).require_done()
    inside = killed = number = 0
    while killed < bench.kills:
        run = folder / f"run{number}"
        number += 1
        for _ in range(min(_KILLS_IN_A_ROW, bench.kills - killed)):
            in_save = killed % 3 == 0
            with bench.case(f"kill {killed} of {run.name}"):
                process = start(folder, "train", "tiny.yaml", "--run", run.name, "--or-resume", *options)
                inside += _kill(bench, process, run, in_save=in_save)
            killed += 1
        with in_a_row.case(run.name):
            ganlab(folder, "train", "tiny.yaml", "--run", run.name, "--or-resume", *options).require_done()
            require_equal(run, folder / "whole", number=steps)
            require_logged_once(run, steps=steps)
    bench.notes.append(f"{inside} of {killed} left a half-written save")
    with in_a_row.case("each sample once an epoch"):
        _require_each_once()


def _kill(bench: Bench, process: subprocess.Popen[str], run: Path, *, in_save: bool) -> bool:
    """End a training by SIGKILL and look at what is left; whether it was inside a save."""
    before = _newest(run)
    saves = run / "checkpoints"
    try:
        if in_save:
            after = before + _EVERY * bench.random.randrange(1, 8)
            assert wait_until(lambda: _newest(run) >= after, process), "it ended before it was killed"
            assert wait_until(lambda: any(saves.glob(".writing-*")), process), "it ended before it was killed"
            time.sleep(bench.random.uniform(0.0, 0.004))
        else:
            early = bench.random.random() < 0.1
            begun = (lambda: _newest(run) > before) if before else (lambda: bool(logged_steps(run)))
            assert early or wait_until(begun, process), "it ended before it was killed"
            time.sleep(bench.random.uniform(0.0, 5.0 if early else 0.8))
        assert process.poll() is None, "it ended before it was killed"
    finally:
        process.kill()
        process.wait()
    half_written = any(saves.glob(".writing-*"))
    taken = max(logged_steps(run), default=0)
    found = newest_checkpoint(saves)
    number = 0 if found is None else found.number
    assert number >= before, f"the checkpoint of step {before} is lost, the newest is {number}"
    assert not list(saves.glob("damaged-*")), "a checkpoint was damaged"
    assert taken - number <= _EVERY, f"{taken} steps were taken and the newest checkpoint is {number}"
    return half_written


def _newest(run: Path) -> int:
    return max((int(path.name) for path in (run / "checkpoints").glob("[0-9]*")), default=0)


def _require_each_once() -> None:
    """The order of samples follows from seed and step alone, so that a process started anew goes on in it."""
    data = digits(size=16)
    size = len(data)
    batch = next(one for one in range(5, size) if size % one == 0)
    for epoch in range(3):
        seen: Counter[int] = Counter()
        for number in range(size // batch):
            fresh = Batches(data, batch_size=batch, seed=3, device=torch.device("cpu"))
            seen.update(fresh.indices(epoch * (size // batch) + number).tolist())
        assert set(seen.values()) == {1}, f"epoch {epoch} repeats samples"
        assert len(seen) == size, f"epoch {epoch} lacks samples"
