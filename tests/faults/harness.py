"""What every row of the battery shares: real processes of `ganlab`, a tiny recipe, and counts of what held."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.tiny import TINY

Item = TypeVar("Item")
Limits = Mapping[int, int]

_PRELOADED = ("tests.faults.preloaded",)
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "GANLAB_PLUGINS": "", "COLUMNS": "200"}

RECIPE: dict[str, Any] = TINY | {
    "metrics": {"diversity": {"use": "diversity", "images": 16}},
    "samples": {"every": 0, "columns": 3},
}


@dataclass(frozen=True)
class Outcome:
    """What a call of `ganlab` left behind; it `worked` so many processor seconds, with `peak` MiB resident at most."""

    code: int
    out: str
    err: str
    seconds: float
    peak: float
    worked: float

    def require_message(self, *parts: str) -> None:
        """Check that it failed with one message that holds these parts, and without a traceback."""
        text = self.err[-1500:]
        assert self.code in (1, 2), f"exit code {self.code}: {text}"
        assert "Traceback" not in self.err, f"a traceback: {text}"
        messages = [line for line in self.err.splitlines() if line.lower().startswith("error: ")]
        assert len(messages) == 1, f"not one message: {text}"
        assert len(self.err) < 20_000, f"a message of {len(self.err)} characters"
        missing = [part for part in parts if part not in self.err]
        assert not missing, f"{missing} not in: {text}"

    def require_done(self) -> None:
        """Check that it ended well."""
        assert self.code == 0, f"exit code {self.code}: {self.err[-1500:]}"


@dataclass
class Bench:
    """Where a row works, how much it tries, and the counts of what it tried.

    Attributes:
        kills: how many SIGKILLs the rows that kill send.
        long: whether a row tries all of its cases, or a few.
    """

    folder: Path
    random: random.Random
    kills: int
    long: bool
    tried: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Count what happens inside as a case that holds, or fails if anything is raised."""
        self.tried += 1
        try:
            yield
        except AssertionError as error:
            self.failures.append(f"{name}: {error}")
        except Exception:
            self.failures.append(f"{name}: {traceback.format_exc()}")

    def some(self, cases: Sequence[Item], few: int) -> Sequence[Item]:
        """All cases at length, else a few, drawn from the seed."""
        return cases if self.long else self.random.sample(cases, min(few, len(cases)))

    def new(self, name: str) -> Path:
        """A fresh folder with the tiny recipe in it as `tiny.yaml`."""
        folder = self.folder / f"{len(list(self.folder.iterdir()))}-{name}"
        folder.mkdir()
        (folder / "tiny.yaml").write_text(json.dumps(RECIPE))
        return folder


def ganlab(
    folder: Path,
    *arguments: object,
    limits: Limits | None = None,
    paths: Sequence[Path] = (),
    prepare: Callable[[], None] | None = None,
    **environment: str,
) -> Outcome:
    """Call the command line in a process of its own, forked from one that has imported it already.

    Args:
        limits: by the numbers of `resource`, such as RLIMIT_FSIZE.
        paths: folders from which the process can import as well.
        prepare: called in the process before the command line; a function that can be imported.
    """
    told = folder / ".told"
    told.mkdir(exist_ok=True)
    (told / "used").unlink(missing_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    os.environ["OMP_NUM_THREADS"] = "1"
    started = time.monotonic()
    process = context.Process(
        target=_child,
        args=(folder, [str(one) for one in arguments], limits or {}, [str(one) for one in paths], environment, prepare),
    )
    process.start()
    process.join(timeout=300)
    assert process.exitcode is not None, f"ganlab {arguments} still runs after five minutes"
    return Outcome(
        code=process.exitcode,
        out=(told / "out").read_text(errors="replace"),
        err=(told / "err").read_text(errors="replace"),
        seconds=time.monotonic() - started,
        **_used(told / "used"),
    )


def _used(file: Path) -> dict[str, float]:
    """What the process used; NaN of one that could not tell."""
    used = json.loads(file.read_text() or "{}") if file.exists() else {}
    return {name: used.get(name, float("nan")) for name in ("peak", "worked")}


def _child(
    folder: Path,
    arguments: list[str],
    limits: Limits,
    paths: list[str],
    environment: Mapping[str, str],
    prepare: Callable[[], None] | None,
) -> None:
    from ganlab_core.verbs.main import main

    os.chdir(folder)
    os.environ.update({**_ENVIRONMENT, "GANLAB_CACHE": str(folder.parent / "cache"), **environment})
    sys.path[:0] = paths
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / ".told" / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    if prepare is not None:
        prepare()
    told = (folder / ".told" / "used").open("w")
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    sys.argv = ["ganlab", *arguments]
    try:
        main()
    finally:
        used = resource.getrusage(resource.RUSAGE_SELF)
        json.dump({"peak": used.ru_maxrss / 1024, "worked": used.ru_utime + used.ru_stime}, told)
        told.close()


def start(folder: Path, *arguments: object, launcher: Sequence[str] = (), **environment: str) -> subprocess.Popen[str]:
    """`python -m ganlab_core ...` in a process of its own; what it says goes to `folder/out.txt`.

    Args:
        launcher: what stands before the arguments, if not `python -m ganlab_core`.
    """
    command = [*(launcher or (sys.executable, "-m", "ganlab_core")), *map(str, arguments)]
    with (folder / "out.txt").open("a") as told:
        return subprocess.Popen(
            command,
            cwd=folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_ENVIRONMENT, "GANLAB_CACHE": str(folder.parent / "cache"), **environment},
        )


def wait_until(ready: Callable[[], Any], process: subprocess.Popen[str], *, seconds: float = 120.0) -> bool:
    """Wait until something is true; whether it was before the process ended."""
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            return bool(ready())
        assert time.monotonic() < until, f"still waiting after {seconds:.0f} s"
        time.sleep(0.001)
    return True


def logged_steps(run: Path) -> list[int]:
    """The steps in `metrics.jsonl`, without a line that was cut short."""
    if not (run / "metrics.jsonl").exists():
        return []
    whole = (run / "metrics.jsonl").read_text().rpartition("\n")[0]
    return [json.loads(line)["step"] for line in whole.splitlines()]
