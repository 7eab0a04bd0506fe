"""Several processes under `torchrun`: equal after a resume, one writer; `tests/faults` kills them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.system.process_group import ProcessGroup
from ganlab_core.training.batches import Batches
from ganlab_core.training.run import resume
from tests.conftest import BuildSession

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
_LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python"]
_GANLAB = Path(sys.executable).with_name("ganlab")


def launched(*arguments: object) -> list[str]:
    """The command line of a training on two processes."""
    return [*_LAUNCH, "--", *map(str, (_GANLAB, *arguments))]


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


@pytest.mark.slow
def test_a_resume_on_two_processes_equals_a_run_that_did_not_stop_and_one_process_can_go_on(
    recipe: Path, core_plugins: Plugins, tmp_path: Path
) -> None:
    out = run_it(tmp_path, "train", recipe, "--run", "whole", "--steps", "4")
    assert out.count("run folder") == 1  # the second process is silent
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    shutil.rmtree(tmp_path / "parts/checkpoints/00000004")  # as if it had been killed before this save
    run_it(tmp_path, "train", "--resume", "parts", "--steps", "4")
    whole, parts = (
        load_file(tmp_path / run / "checkpoints/00000004/weights.safetensors") for run in ("whole", "parts")
    )
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())
    resume(tmp_path / "parts", steps=5, plugins=core_plugins)
    assert (tmp_path / "parts/checkpoints/00000005").is_dir()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not list a process's threads")
def test_no_thread_of_the_group_outlives_it(tmp_path: Path) -> None:
    """Such a thread aborts the process where it lets go of a tensor while the interpreter ends."""
    (tmp_path / "leaves.py").write_text(_LEAVES)
    done = subprocess.run(
        [*_LAUNCH, sys.executable, "leaves.py"], cwd=tmp_path, capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0, done.stderr[-3000:]


_LEAVES = """
from pathlib import Path

import torch

from ganlab_core.system.process_group import process_group

with process_group(torch.device("cpu")) as group:
    group.agreed(group.any(True))
    import torch._dynamo  # as the first optimiser does
names = {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
assert not [name for name in names if "gloo" in name], names
"""


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
