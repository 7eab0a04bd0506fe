"""Processes side by side: each ends on its own, and a signal ends them all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ganlab_core.verbs.benchmark.processes import Job, Stopped, run_side_by_side


def job(folder: Path, name: str, code: str) -> Job:
    return Job(name, (sys.executable, "-c", code), folder / f"{name}.log")


def test_a_process_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    jobs = [
        job(tmp_path, "bad", "print('no luck'); raise SystemExit(3)"),
        job(tmp_path, "good", "import os; print(os.environ['OMP_NUM_THREADS'])"),
    ]
    codes = {ended.job.name: ended.code for ended in run_side_by_side(jobs, processes=1, threads=5)}
    assert codes == {"bad": 3, "good": 0}
    assert (tmp_path / "bad.log").read_text() == "no luck\n"
    assert (tmp_path / "good.log").read_text() == "5\n"


def test_no_more_run_at_a_time_than_asked_for(tmp_path: Path) -> None:
    code = f"""
import pathlib, time
running = pathlib.Path({str(tmp_path)!r}) / "running"
running.mkdir(exist_ok=True)
mine = running / str(time.time_ns())
mine.touch()
print(len(list(running.iterdir())))
time.sleep(0.3)
mine.unlink()
"""
    jobs = [job(tmp_path, str(number), code) for number in range(5)]
    assert len(list(run_side_by_side(jobs, processes=2, threads=1))) == 5
    assert max(int((tmp_path / f"{number}.log").read_text()) for number in range(5)) <= 2


def test_a_signal_ends_what_runs_and_starts_nothing_more(tmp_path: Path) -> None:
    code = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit('asked'))
print("ready", flush=True)
time.sleep(60)
"""
    jobs = [job(tmp_path, "patient", code), job(tmp_path, "waiting", "pass")]

    def interrupt() -> None:
        while not (tmp_path / "patient.log").exists() or not (tmp_path / "patient.log").read_text():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(Stopped) as stop:
        list(run_side_by_side(jobs, processes=1, threads=1))
    assert stop.value.number == signal.SIGINT
    assert "asked" in (tmp_path / "patient.log").read_text()
    assert not (tmp_path / "waiting.log").exists()


def test_a_job_stops_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    job_code = """
import signal, sys, time
from ganlab_core.verbs.benchmark.job import stop_with_parent
signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked"))
print("ready", flush=True)
stop_with_parent()
time.sleep(60)
"""
    driver_code = f"""
import sys
from pathlib import Path
from ganlab_core.verbs.benchmark.processes import Job, run_side_by_side
list(run_side_by_side([Job("one", (sys.executable, "-c", {job_code!r}), Path("one.log"))], processes=1, threads=1))
"""
    driver = subprocess.Popen([sys.executable, "-c", driver_code], cwd=tmp_path)
    log = tmp_path / "one.log"
    assert until(lambda: log.exists() and log.read_text() == "ready\n")
    driver.kill()
    driver.wait()
    assert until(lambda: log.read_text() == "ready\nasked\n")


def until(ready: Callable[[], bool]) -> bool:
    """Whether something becomes true within a minute."""
    end = time.monotonic() + 60
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
