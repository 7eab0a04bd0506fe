"""Row 18: SIGKILL, and a full disk, at each system call by which a verb changes something; then the same call again.

Every call has the same process number, as in containers.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.system.locking import is_lock
from tests.faults.forked_calls import FULL, KILL, Caller, forked_calls
from tests.faults.harness import RECIPE, Bench
from tests.verbs.coded_run import coded_run, digit_files

_SOURCE = Path(__file__).with_name("failing_calls.c")
_PLACES = 5  # of each fault and verb at length, drawn from the seed
_HIDDEN = ".writing-"
Files = Mapping[str, str]

VERBS: Mapping[str, Sequence[str]] = {
    "assign": ["assign", "run", "photos", "--out", "new.csv", "--embeddings", "e.npz", "--sort-into", "sorted"],
    "assign --copy": ["assign", "run", "photos", "--out", "codes.csv", "--sort-into", "sorted", "--copy"],
    "balance": ["balance", "run", "photos", "--out", "balanced"],
    "sample": ["sample", "run", "--count", "4", "--out", "many", "--grid", "grid.png"],
    "traverse": ["traverse", "run", "--noise", "--frames", "2", "--out", "film.gif"],
    "report": ["report", "run", "--out", "report.html"],
    "export": ["export", "run", "--out", "exported"],
    "evaluate": ["evaluate", "run"],
    "new": ["new", "plugin", "mine"],
    "benchmark": ["benchmark", "tiny.yaml", "--out", "bench"],
    "train": ["train", "tiny.yaml", "--run", "trained", "--or-resume"],
    "fork": ["train", "--resume", "run", "--fork", "forked", "--set", "steps=3"],
}
"""What lies there before is `codes.csv`, `grid.png`, `film.gif`, `report.html` and the tables of `bench`."""

OWN_CHECK = ("train", "fork")
"""A run may be begun after a fault, and the same call goes on with it."""


@dataclass(frozen=True)
class Case:
    """A verb, the files before it, and after it where nothing went wrong; None where two calls differ."""

    name: str
    before: Files
    after: Mapping[str, str | None]
    calls: int


def system_calls(bench: Bench) -> None:
    """It works; nothing of the killed call is taken for its own; what was whole is whole."""
    folder = bench.new("calls")
    library = folder / "failing_calls.so"
    if not _compiled(library):
        bench.notes.append("no C compiler, or no Linux: not tried")
        return
    base = _base(folder / "base")
    with forked_calls(folder / "told", library) as call:
        total = 0
        for name in bench.some(list(VERBS), 3):
            with bench.case(f"{name}: nothing goes wrong"):
                case = _measured(call, name, base, folder)
                total += case.calls
                for fault, what in ((KILL, "SIGKILL"), (FULL, "a full disk")):
                    for at in _drawn(bench, case.calls):
                        with bench.case(f"{name}: {what} at system call {at} of {case.calls}"), _copy(base) as place:
                            _try(call, case, fault, at, place)
        bench.notes.append(f"of {total} system calls")


def _compiled(library: Path) -> bool:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not Path("/proc/self/fd").is_dir():
        return False
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _base(folder: Path) -> Path:
    """A run, photos, and what an earlier call of each verb that may replace something left."""
    folder.mkdir()
    before = Path.cwd()
    os.chdir(folder)
    try:
        coded_run(RECIPE, Path("run"))
        digit_files(Path("photos"), 6)
        Path("tiny.yaml").write_text(json.dumps(RECIPE | {"steps": 2}))
    finally:
        os.chdir(before)
    for name in ("codes.csv", "codes.unreadable.csv", "grid.png", "film.gif", "report.html"):
        (folder / name).write_text("older")
    return folder


def _drawn(bench: Bench, calls: int) -> Sequence[int]:
    few = _PLACES if bench.long else 1
    return sorted(bench.random.sample(range(1, calls + 1), min(few, calls)))


@contextmanager
def _copy(base: Path) -> Iterator[Path]:
    """A folder of the same name for each case, since names may be written down."""
    place = base.with_name("case")
    shutil.copytree(base, place, symlinks=True)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _measured(call: Caller, name: str, base: Path, folder: Path) -> Case:
    if name == "benchmark" and not (base / "bench").exists():  # the tables alone are then written again
        _require_done(call(base, VERBS[name]))
        for path in (base / "bench").glob("table.*"):
            path.write_text("older")
    found = []
    for _ in range(2):
        with _copy(base) as place:
            ended = call(place, VERBS[name])
            _require_done(ended)
            found.append(_files(place))
    after = {path: content if found[1][path] == content else None for path, content in found[0].items()}
    return Case(name, _files(base), after, ended.calls)


def _require_done(ended: object) -> None:
    assert getattr(ended, "code", None) == 0, ended


def _try(call: Caller, case: Case, fault: int, at: int, place: Path) -> None:
    ended = call(place, VERBS[case.name], fault=fault, at=at)
    left = _files(place)
    hidden = [path for path in left if _HIDDEN in path]
    if case.name not in OWN_CHECK:
        _require_whole(case, left)
    if fault == FULL:
        assert not hidden, f"left half-written: {hidden}"
        _require_message(ended)
        if ended.code and case.name not in OWN_CHECK:
            assert left == case.before, f"other than before: {_differing(left, case.before)}"
    again = call(place, VERBS[case.name])
    if again.code and _is_after(case, left):
        assert "is not empty" in again.err or "exists already" in again.err or "already holds" in again.err, again.err
        return
    if "already holds a run" in again.err and case.name == "fork":  # it was there whole, and was being gone on with
        again = call(place, ["train", "--resume", "forked"])
    _require_done(again)
    found = _files(place)
    assert not [path for path in found if _HIDDEN in path], "a left-over is not swept"
    assert _is_after(case, found), f"not what it should be: {_differing(found, case.after)}"


def _require_message(ended: object) -> None:
    err, code = getattr(ended, "err", ""), getattr(ended, "code", None)
    assert "Traceback" not in err, err[-1500:]
    assert code in (0, 1), f"exit code {code}: {err[-1500:]}"
    assert code == 0 or len([line for line in err.splitlines() if line.startswith("error: ")]) == 1, err[-1500:]


def _require_whole(case: Case, left: Files) -> None:
    """Each file and folder is all as it was before, or all as it is after."""
    seen = {path: content for path, content in left.items() if _HIDDEN not in path}
    for output in {path.split("/")[0] for path in seen} - {"cache", "bench"}:
        parts = [{p: c for p, c in files.items() if p.split("/")[0] == output} for files in (seen, case.before)]
        if parts[0] != parts[1]:
            after = {p: c for p, c in case.after.items() if p.split("/")[0] == output}
            assert _same(parts[0], after), f"{output} is half-written: {_differing(parts[0], after)}"
    for path, content in seen.items():
        assert content == case.before.get(path) or _same({path: content}, {path: case.after.get(path, "")}), path


def _is_after(case: Case, left: Files) -> bool:
    seen = {path: content for path, content in left.items() if _HIDDEN not in path}
    return _same(seen, case.after)


def _same(found: Files, wanted: Mapping[str, str | None]) -> bool:
    return not _differing(found, wanted)


def _differing(found: Files, wanted: Mapping[str, str | None]) -> list[str]:
    paths = found.keys() | wanted.keys()
    return sorted(
        path for path in paths if path not in found or path not in wanted or wanted[path] not in (None, found[path])
    )[:8]


def _files(folder: Path) -> Files:
    """What each file holds, by its path; of a link, where it leads; of folders, that they are there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if "tensorboard" in name or is_lock(path):  # the names of its files tell the time; a dead one's lock is none
            continue
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder"
    return found
