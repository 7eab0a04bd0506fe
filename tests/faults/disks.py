"""Row 7: a full disk, a limit on the size of files, a disk that cannot be written."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab_core.runs.checkpoint import newest_checkpoint
from tests.faults.compare import require_equal
from tests.faults.harness import Bench, Outcome, ganlab

_KIB = 1024


def full_disks(bench: Bench) -> None:
    """Whatever is written when the disk is full: what was whole stays whole, and a run goes on once there is space."""
    folder = bench.new("disks")
    ganlab(folder, "train", "tiny.yaml", "--run", "before", "--steps", "2").require_done()
    shutil.copytree(folder / "before", folder / "whole")
    ganlab(folder, "train", "--resume", "whole", "--steps", "4").require_done()
    for limit in bench.some([2, 8, 12, 16, 24, 32, 34, 40], 2):
        with bench.case(f"files of {limit} KiB at most"):
            shutil.copytree(folder / "before", folder / f"limited{limit}")
            limits = {resource.RLIMIT_FSIZE: limit * _KIB}
            outcome = ganlab(folder, "train", "--resume", f"limited{limit}", "--steps", "4", limits=limits)
            _check(outcome, folder / f"limited{limit}", folder / "whole", words="File too large")
    if not _may_mount():
        bench.notes.append("no right to mount a tmpfs: file-size limits alone")
        return
    for free in bench.some([0, 4, 8, 20, 40, 64, 80, 100, 140, 180], 1):
        with bench.case(f"{free} KiB left on the disk"), _small_disk(folder) as disk:
            shutil.copytree(folder / "before", disk / "run")
            (disk / "tiny.yaml").write_text((folder / "tiny.yaml").read_text())
            _fill(disk, leave=free * _KIB)
            outcome = _on_disk(folder, disk, "--resume", disk / "run", "--steps", "4")
            _check(outcome, disk / "run", folder / "whole", words="No space left on device", full=disk / "filler")
    for free in bench.some([0, 4, 16, 40], 1):
        with bench.case(f"a new run with {free} KiB left"), _small_disk(folder) as disk:
            _fill(disk, leave=free * _KIB)
            outcome = _on_disk(folder, disk, "tiny.yaml", "--run", disk / "new")
            outcome.require_message("cannot be written", "No space left on device")
            assert newest_checkpoint(disk / "new" / "checkpoints") is None
    with bench.case("a disk that is read-only"), _small_disk(folder) as disk:
        shutil.copytree(folder / "before", disk / "run")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        _on_disk(folder, disk, "--resume", disk / "run", "--steps", "4").require_message("Read-only file system", "run")
        _on_disk(folder, disk, "tiny.yaml", "--run", disk / "new").require_message("Read-only file system", "new")


def _on_disk(folder: Path, disk: Path, *arguments: object) -> Outcome:
    """Call `ganlab train` from a folder with space, so that what it says is kept."""
    return ganlab(folder, "train", *arguments)


def _check(outcome: Outcome, run: Path, whole: Path, *, words: str, full: Path | None = None) -> None:
    """Failed with a message or done; nothing half-written is taken for whole, and the run goes on with space."""
    if outcome.code:
        outcome.require_message(words)
    assert not list((run / "checkpoints").glob(".writing-*")), "a half-written save is left"
    found = newest_checkpoint(run / "checkpoints")
    assert found is not None, "the checkpoint is lost"
    assert not list((run / "checkpoints").glob("damaged-*")), "a damaged checkpoint"
    if full is not None:
        full.unlink(missing_ok=True)
    ganlab(whole.parent, "train", "--resume", run, "--steps", "4").require_done()
    require_equal(run, whole, number=4)


def _fill(disk: Path, *, leave: int) -> None:
    """Leave this many bytes free."""
    with (disk / "filler").open("wb") as filler:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
        filler.write(bytes(max(0, free - leave)))


def _may_mount() -> bool:
    return os.geteuid() == 0 and shutil.which("mount") is not None and _try_mount()


def _try_mount() -> bool:
    listed = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return listed.returncode == 0


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)
