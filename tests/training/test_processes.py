"""Several processes under `torchrun`: equal after a resume, whole after a kill, one writer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ganlab_core.component import GanlabError
from ganlab_core.training.batches import Batches
from ganlab_core.training.process_group import ProcessGroup
from tests.training.conftest import BuildSession

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
_LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def launched(*arguments: object, restarts: int = 0) -> list[str]:
    """The command line of a training on two processes."""
    command = [*_LAUNCH, "--max-restarts", str(restarts), "--monitor-interval", "0.2", "-m", "--", "ganlab_core"]
    return [*command, *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "GANLAB_PLUGINS": "", "OMP_NUM_THREADS": "1"}


def run_it(folder: Path, *arguments: object) -> str:
    done = subprocess.run(launched(*arguments), cwd=folder, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def recipe(tiny: dict[str, Any], tmp_path: Path) -> Path:
    """The tiny recipe as a file."""
    tiny |= {"checkpoint": {"every": 2}, "samples": {"every": 0}}
    (tmp_path / "tiny.yaml").write_text(json.dumps(tiny))
    return tmp_path / "tiny.yaml"


def test_a_resume_on_two_processes_equals_a_run_that_did_not_stop_and_one_process_can_go_on(
    recipe: Path, tmp_path: Path
) -> None:
    out = run_it(tmp_path, "train", recipe, "--run", "whole", "--steps", "4")
    assert out.count("run folder") == 1  # the second process is silent
    run_it(tmp_path, "train", recipe, "--run", "parts", "--steps", "2")
    run_it(tmp_path, "train", "--resume", "parts", "--steps", "4")
    whole, parts = (
        load_file(tmp_path / run / "checkpoints/00000004/weights.safetensors") for run in ("whole", "parts")
    )
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
    alone = [sys.executable, "-m", "ganlab_core", "train", "--resume", "parts", "--steps", "5"]
    subprocess.run(alone, cwd=tmp_path, check=True, capture_output=True, env=environment())
    assert (tmp_path / "parts/checkpoints/00000005").is_dir()


def test_a_killed_process_ends_the_group_which_goes_on_when_it_is_started_again(recipe: Path, tmp_path: Path) -> None:
    arguments = ("train", recipe, "--run", "run", "--or-resume", "--set", "checkpoint.every=20", "--steps", "4000")
    group = subprocess.Popen(
        launched(*arguments, restarts=3),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        first = _checkpoint_after(tmp_path / "run", 0)
        os.kill(_workers(group.pid)[1], signal.SIGKILL)
        assert _checkpoint_after(tmp_path / "run", first + 20) > first
    finally:
        group.send_signal(signal.SIGTERM)
        group.wait(timeout=60)
    steps = [json.loads(line)["step"] for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, len(steps) + 1))


def _checkpoint_after(run: Path, number: int) -> int:
    """Wait for a checkpoint beyond `number`; its number."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        numbers = [int(path.name) for path in (run / "checkpoints").glob("[0-9]*")]
        if max(numbers, default=0) > number:
            return max(numbers)
        time.sleep(0.05)
    raise AssertionError(f"no checkpoint after {number} within two minutes")


def _workers(launcher: int) -> list[int]:
    """The processes that the launcher started, by number."""
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    return sorted(map(int, children))


def test_each_process_has_its_share_of_a_batch(build_session: BuildSession) -> None:
    data = build_session().data
    alone = Batches(data, batch_size=8, seed=3, device=torch.device("cpu"))
    shares = [
        Batches(data, batch_size=8, seed=3, device=torch.device("cpu"), group=ProcessGroup(rank=rank, size=2))
        for rank in (0, 1)
    ]
    for number in (0, 1, 200):
        assert torch.equal(torch.cat([share.indices(number) for share in shares]), alone.indices(number))


def test_a_batch_that_cannot_be_shared_is_refused(build_session: BuildSession) -> None:
    with pytest.raises(GanlabError, match="batch_size: 9 cannot be shared by 2 processes; set it to a multiple"):
        Batches(
            build_session().data, batch_size=9, seed=0, device=torch.device("cpu"), group=ProcessGroup(rank=0, size=2)
        )


def test_processes_draw_apart_and_the_first_as_a_process_alone() -> None:
    seeds = [ProcessGroup(rank=rank, size=3).seed(7) for rank in range(3)]
    assert seeds[0] == ProcessGroup().seed(7) == 7
    assert len(set(seeds)) == 3
