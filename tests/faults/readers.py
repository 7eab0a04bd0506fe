"""Row 22: readers beside a writer, doctor beside runs that start, and two starts without a name at once."""

from __future__ import annotations

from ganlab_core.runs.checkpoint import checkpoint_folders
from tests.faults.harness import Bench, ganlab, start, wait_until

_TRIES = 5
_READERS = (
    ("sample", "run", "--grid", "grid.png"),
    ("traverse", "run", "--noise", "--rows", "2", "--out", "noise.png"),
    ("evaluate", "run"),
    ("report", "run", "--out", "report.html"),
    ("compare", "run", "run"),
    ("export", "run", "--out", "exported{}"),
)


def readers(bench: Bench) -> None:
    """A run saves at every step and keeps one checkpoint; who reads it answers, and calls nothing damaged."""
    folder = bench.new("readers")
    run = folder / "run"
    settings = ("--steps", 1_000_000, "--set", "checkpoint={every: 1, keep: 1}")
    writer = start(folder, "train", "tiny.yaml", "--run", "run", *settings)
    try:
        assert wait_until(lambda: checkpoint_folders(run / "checkpoints"), writer)
        for verb in _READERS if bench.long else _READERS[:1]:
            for number in range(_TRIES if bench.long else 1):
                with bench.case(f"{verb[0]}, try {number}"):
                    outcome = ganlab(folder, *(word.format(number) for word in verb))
                    outcome.require_done()
                    assert "damaged" not in outcome.err, outcome.err
        for number in range(_TRIES if bench.long else 1):
            with bench.case(f"doctor, try {number}"):
                outcome = ganlab(folder, "doctor", "run")
                assert "held by process" in outcome.out, outcome.out
                assert "damaged" not in outcome.out + outcome.err, outcome.out
    finally:
        writer.kill()
        writer.wait()
    _beside_doctor(bench)
    _without_a_name(bench)


def _beside_doctor(bench: Bench) -> None:
    """A run starts while its folder is examined again and again."""
    folder = bench.new("doctor")
    ganlab(folder, "train", "tiny.yaml", "--run", "run").require_done()
    doctors = [start(folder, "doctor", "run") for _ in range(2)]
    try:
        for number in range(_TRIES if bench.long else 1):
            with bench.case(f"a start beside doctor, try {number}"):
                ganlab(folder, "train", "--resume", "run", "--steps", 5 + number).require_done()
                doctors += [start(folder, "doctor", "run") for doctor in doctors[-2:] if doctor.poll() is not None]
    finally:
        for doctor in doctors:
            doctor.kill()
            doctor.wait()


def _without_a_name(bench: Bench) -> None:
    for number in range(_TRIES if bench.long else 1):
        with bench.case(f"two starts without a name, try {number}"):
            folder = bench.new("unnamed")
            runs = [start(folder, "train", "tiny.yaml") for _ in range(2)]
            assert [run.wait() for run in runs] == [0, 0], (folder / "out.txt").read_text()[-1500:]
            made = sorted((folder / "runs").iterdir())
            assert len(made) == 2, made
            assert all(checkpoint_folders(run / "checkpoints") for run in made)
