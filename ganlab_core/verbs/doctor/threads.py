"""How many threads torch computes with, and how many cores there are for them."""

from __future__ import annotations

import os

import torch

from ganlab_core.interface.check import Finding
from ganlab_core.system.process_settings import usable_cores
from ganlab_core.verbs.doctor.examined import Examined


def look_at_threads(about: Examined) -> list[Finding]:
    """Torch's threads, the machine's cores, and `OMP_NUM_THREADS`."""
    return threads(torch.get_num_threads(), cores=usable_cores(), asked=os.environ.get("OMP_NUM_THREADS"))


def threads(count: int, *, cores: int, asked: str | None) -> list[Finding]:
    """The findings of so many threads on so many usable cores, where `OMP_NUM_THREADS` is `asked`."""
    torch_threads = Finding(name="torch threads", text=str(count), value=count)
    if count > cores:
        torch_threads = Finding(
            name="torch threads",
            text=f"{count} on {cores} cores, which get in one another's way",
            state="note",
            way_out=f"export OMP_NUM_THREADS={cores}",
            value=count,
        )
    return [
        torch_threads,
        Finding(name="cores", text=str(cores), value=cores),
        Finding(name="OMP_NUM_THREADS", text="not set" if asked is None else asked, value=asked),
    ]
