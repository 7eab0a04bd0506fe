"""Row 15: two runs in one folder, and a lock that a kill left."""

from __future__ import annotations

from tests.faults.compare import checkpoint
from tests.faults.harness import Bench, ganlab, start, wait_until

_GARBAGE = ["", "{", "[1]", '{"process": {}}', '{"process": Infinity}', "\udcff", "[" * 100_000]


def locks(bench: Bench) -> None:
    """The second writer is refused with the first one's number; the lock of a process that was killed is no lock."""
    folder = bench.new("locks")
    run = folder / "run"
    process = start(folder, "train", "tiny.yaml", "--run", "run", "--steps", 100_000)
    try:
        assert wait_until(lambda: any(run.glob("checkpoints/0*")), process)
        for verb in (("--resume", "run"), ("tiny.yaml", "--run", "run", "--or-resume", "--steps", 100_000)):
            with bench.case(f"a second writer: {verb[0]}"):
                ganlab(folder, "train", *verb).require_message(f"run is in use by process {process.pid}")
        holder = (run / ".lock.json").read_bytes()
        for garbage in _GARBAGE if bench.long else _GARBAGE[:2]:
            with bench.case(f"a second writer, and a holder's file of {garbage[:20]!r}"):
                (run / ".lock.json").write_bytes(garbage.encode("utf-8", "surrogateescape"))
                ganlab(folder, "train", "--resume", "run").require_message("run is in use by process unknown")
        (run / ".lock.json").write_bytes(holder)
    finally:
        process.kill()
        process.wait()
    with bench.case("a stale lock after a kill"):
        taken = max(int(path.name) for path in run.glob("checkpoints/0*"))
        ganlab(folder, "train", "--resume", "run", "--set", f"steps={taken + 2}").require_done()
        assert checkpoint(run, taken + 2).is_dir()
    for name in (".lock", ".lock.json"):
        with bench.case(f"{name} is a link to a file of the user's"):
            (folder / "thesis.tex").write_text("mine")
            linked = folder / f"linked{name}"
            linked.mkdir()
            (linked / name).symlink_to(folder / "thesis.tex")
            ganlab(folder, "train", "tiny.yaml", "--run", linked).require_message("is a link")
            assert (folder / "thesis.tex").read_text() == "mine"
