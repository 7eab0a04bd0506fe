"""One run on several processes, as `torchrun` starts them: each takes its share of every batch.

Gradients are averaged and buffers are the first process's, so that all hold the same model at every step. Only the
first process writes; `torch.distributed` does the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from ganlab_core.interface.randomness import derived_seed


@dataclass(frozen=True)
class ProcessGroup:
    """This process's `rank` among `size`; with size 1 nothing is sent anywhere.

    Attributes:
        device: where flags travel, None for a process alone.
    """

    rank: int = 0
    size: int = 1
    device: torch.device | None = None

    @property
    def is_main(self) -> bool:
        """Whether this process writes the run folder."""
        return self.rank == 0

    def seed(self, seed: int) -> int:
        """The seed of this process's noise and views; the first one's is the run's own."""
        return seed if self.is_main else derived_seed(seed, "rank", self.rank)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set on any process."""
        if self.size == 1:
            return flag
        flags = torch.tensor([float(flag)], device=self.device)
        dist.all_reduce(flags, op=dist.ReduceOp.MAX)
        return bool(flags.item())

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over all processes into each tensor."""
        if self.size == 1 or not tensors:
            return
        together = torch.cat([tensor.flatten() for tensor in tensors])
        dist.all_reduce(together)
        _spread(together / self.size, tensors)

    def share(self, tensors: Sequence[Tensor]) -> None:
        """Put the first process's values into each tensor."""
        if self.size == 1:
            return
        for kind in dict.fromkeys(tensor.dtype for tensor in tensors):
            alike = [tensor for tensor in tensors if tensor.dtype == kind]
            together = torch.cat([tensor.flatten() for tensor in alike])
            dist.broadcast(together, src=0)
            _spread(together, alike)

    def agreed(self, value: Any) -> Any:
        """The first process's value, which must be plain data; also a place where all wait for it."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, device=self.device)
        return values[0]


ALONE = ProcessGroup()


@contextmanager
def process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Join the processes that `torchrun` started, if it did: nccl between CUDA devices, else gloo.

    Nothing of the group is left after it: a thread of it that lets go of a tensor while the interpreter ends aborts the
    process, and torchrun then ends the others.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    store, rank, size = next(rendezvous("env://"))
    # torchrun keeps its store when it starts the group again, and the addresses of processes that are gone with it
    store = PrefixStore(f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
    backend = "nccl" if device.type == "cuda" else "gloo"
    import_module("torch.distributed.nn")  # its functions keep the group that they were defined in, threads and all
    dist.init_process_group(backend, store=store, rank=rank, world_size=size)
    try:
        yield ProcessGroup(rank=rank, size=size, device=device)
    finally:
        dist.destroy_process_group()


@torch.no_grad()
def _spread(together: Tensor, tensors: Sequence[Tensor]) -> None:
    parts = together.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))
