"""Row 17: a sweep of twenty runs, three of which crash, whose driver is killed in the middle."""

from __future__ import annotations

import time
from pathlib import Path

from ganlab_core.verbs.doctor.lock import look_at_lock
from tests.faults.harness import Bench, ganlab, start, wait_until

_CRASHING = (3, 8, 13)
_PLUGIN = '''
import sys

from ganlab_core import Component, hookimpl


class Crash:
    """Raises in the runs of some seeds, told by their folders."""

    def generator(self, step):
        if any(argument.endswith({names}) for argument in sys.argv):
            raise RuntimeError("this run crashes")
        return step.images("fake").mean() * 0.0


@hookimpl
def ganlab_losses():
    yield Component(name="crash", factory=Crash)
'''


def sweeps(bench: Bench) -> None:
    """What is done stays done, what crashed is named, and a second call does only what is missing."""
    folder = bench.new("sweep")
    runs, crashing = (20, _CRASHING) if bench.long else (3, (1,))
    (folder / "crash.py").write_text(_PLUGIN.format(names=tuple(f"seed{seed}" for seed in crashing)))
    healthy = [seed for seed in range(runs) if seed not in crashing]
    call = (
        "benchmark", "tiny.yaml", "--plugin", "crash.py", "--seeds", f"0-{runs - 1}", "--out", "out",
        "--set", "+losses.crash.use=crash", "--set", "evaluation.samples_per_code=4",
    )  # fmt: skip
    results = folder / "out" / "tiny"
    process = start(folder, *call)
    with bench.case("the driver is killed"):
        enough = len(healthy) // 2
        assert wait_until(lambda: len(list(results.glob("seed*.json"))) >= enough, process, seconds=600)
        time.sleep(bench.random.uniform(0.0, 2.0))
        process.kill()
        process.wait()
    with bench.case("its runs stop by themselves"):
        until = time.monotonic() + 30.0
        while held := [run.name for run in (folder / "out/runs/tiny").iterdir() if _is_held(run)]:
            assert time.monotonic() < until, f"{held} go on without the driver"
            time.sleep(0.1)
    done = {path.name: path.stat().st_mtime_ns for path in results.glob("seed*.json")}
    second = start(folder, *call)
    code = second.wait(timeout=900)
    said = (folder / "out.txt").read_text()
    with bench.case("what was done is not done again"):
        assert f"{runs} runs, {len(done)} of them done before" in said, said[-1500:]
        assert all((results / name).stat().st_mtime_ns == at for name, at in done.items())
    for seed in crashing:
        with bench.case(f"seed {seed} crashed"):
            assert code == 1, f"exit code {code}"
            assert f"tiny/seed{seed}" in said.splitlines()[-1], said[-1500:]
            assert not (results / f"seed{seed}.json").exists()
    for seed in healthy:
        with bench.case(f"seed {seed} is done"):
            assert (results / f"seed{seed}.json").is_file(), _log(folder, seed)
    with bench.case("a third call does only what crashed"):
        outcome = ganlab(folder, *call)
        assert outcome.code == 1, outcome.err
        assert f"{runs} runs, {len(healthy)} of them done before" in outcome.out, outcome.out


def _is_held(run: Path) -> bool:
    return run.is_dir() and look_at_lock(run).value["state"] == "held"


def _log(folder: Path, seed: int) -> str:
    log = folder / "out" / "runs" / "tiny" / f"seed{seed}.log"
    return log.read_text()[-800:] if log.exists() else "it was never begun"
