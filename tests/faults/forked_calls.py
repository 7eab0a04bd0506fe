"""A process that has imported all, with `failing_calls.c` preloaded: it forks for each call of `ganlab` it is told of.

`python -m tests.faults.forked_calls` reads a call a line from stdin as JSON, and answers each with a line.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

OFF, COUNT, KILL, FULL = range(4)
_NUMBER = 7  # every call has it: a process number that comes again, as in containers
_LONGEST = 120.0  # seconds


@dataclass(frozen=True)
class Call:
    """A call in a folder, and what comes over it at the `at`-th system call that changes something there.

    Attributes:
        folder: where it is called; only what lies in it is counted.
        arguments: what stands behind `ganlab`.
        fault: COUNT for none, KILL for SIGKILL, FULL for a disk that is full from then on.
        told: a folder outside of it, for what the call prints.
    """

    folder: str
    arguments: list[str]
    told: str
    fault: int = COUNT
    at: int = 0


@dataclass(frozen=True)
class Ended:
    """How a call ended, what it said, and how many system calls it made; 0 of one that was killed."""

    code: int
    err: str
    calls: int


class Caller:
    """Has calls made, one after the other."""

    def __init__(self, process: subprocess.Popen[str], told: Path) -> None:
        self._process, self._told = process, told

    def __call__(self, folder: Path, arguments: Sequence[object], *, fault: int = COUNT, at: int = 0) -> Ended:
        """Make a call and wait for its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        call = Call(str(folder), [str(one) for one in arguments], str(self._told), fault, at)
        self._process.stdin.write(json.dumps(asdict(call)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(answer["code"], (self._told / "err").read_text(errors="replace"), answer["calls"])


@contextmanager
def forked_calls(folder: Path, library: Path) -> Iterator[Caller]:
    """Start the process; `library` is the compiled `failing_calls.c`, and `folder` is for what calls print."""
    folder.mkdir()
    environment = {**os.environ, "LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1", "GANLAB_PLUGINS": "elastic"}
    command = [sys.executable, "-m", __spec__.name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Caller(process, folder)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def main() -> None:
    """Answer calls until there are no more."""
    import tests.faults.preloaded_verbs  # noqa: F401 - what verbs import, so that no call does

    for line in sys.stdin:
        call = Call(**json.loads(line))
        child = os.fork()
        if not child:
            _make(call)
        print(json.dumps({"code": _wait(child), "calls": _counted(call)}), flush=True)


def _wait(child: int) -> int:
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return 124


def _counted(call: Call) -> int:
    counted = Path(call.told, "calls")
    number = int(counted.read_text()) if counted.exists() else 0
    counted.unlink(missing_ok=True)
    return number


def _make(call: Call) -> None:
    from ganlab_core.verbs.main import main

    os.chdir(call.folder)
    os.environ.update(GANLAB_CACHE=str(Path(call.folder, "cache")), TMPDIR=call.told, COLUMNS="200")
    for number, name in ((0, "in"), (1, "out"), (2, "err")):
        os.dup2(os.open(Path(call.told, name), os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["ganlab", *call.arguments]
    library = ctypes.CDLL(None)
    library.arm(os.fsencode(call.folder), call.fault, ctypes.c_long(call.at), _NUMBER)
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    Path(call.told, "calls").write_text(str(library.counted()))
    os._exit(code)


if __name__ == "__main__":
    main()
