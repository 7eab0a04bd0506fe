"""Commands side by side, each in a process of its own, so that one that fails takes no other with it."""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.system.signals import stop_requests

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Job:
    """A command and the file that gets what it prints."""

    name: str
    command: tuple[str, ...]
    log: Path


@dataclass(frozen=True)
class Ended:
    """A job that ran to its end: its exit code, and its wall-clock seconds."""

    job: Job
    code: int
    seconds: float


class Stopped(Exception):  # noqa: N818 - it is no error: the benchmark was asked to stop, and did
    """A signal asked to stop; the jobs that ran were ended by SIGTERM."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def run_side_by_side(jobs: Iterable[Job], *, processes: int, threads: int) -> Iterator[Ended]:
    """Yield every job as it ends, at most `processes` at a time, each told to compute with `threads` threads.

    Raises:
        Stopped: after SIGINT or SIGTERM, when every process has ended.
    """
    waiting = deque(jobs)
    running: dict[subprocess.Popen[bytes], tuple[Job, float]] = {}
    with stop_requests() as stop_request, _silent_pipe() as silence:
        try:
            while waiting or running:
                if (number := stop_request()) is not None:
                    raise Stopped(number)
                while waiting and len(running) < processes:
                    job = waiting.popleft()
                    running[_start(job, threads, silence)] = (job, time.perf_counter())
                for process in [one for one in running if one.poll() is not None]:
                    job, started = running.pop(process)
                    yield Ended(job, process.returncode, time.perf_counter() - started)
                time.sleep(_POLL_SECONDS)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


@contextmanager
def _silent_pipe() -> Iterator[int]:
    """A pipe to read from; nothing is written to it, and it ends when this process does, however it does."""
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(read)
        os.close(write)


def _start(job: Job, threads: int, silence: int) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C reaches only this process, which then asks each job once."""
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("wb") as log:
        return subprocess.Popen(
            job.command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=silence,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            start_new_session=True,
        )
