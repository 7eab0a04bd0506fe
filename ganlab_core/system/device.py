"""Which device a run uses."""

from __future__ import annotations

import os

import torch

from ganlab_core.interface.errors import GanlabError


def choose_device(name: str) -> torch.device:
    """The device that a recipe's `device` names; `auto` takes cuda, then mps, then cpu.

    Of the processes that `torchrun` starts on a machine, each gets the CUDA device of its own number.

    Raises:
        GanlabError: torch does not know it, or this machine does not have it.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return _own_cuda()
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise GanlabError(f"device: {name!r} cannot be used here ({reason}); choose auto, cpu, cuda or mps") from error
    return _own_cuda() if name == "cuda" else device


def _own_cuda() -> torch.device:
    number = os.environ.get("LOCAL_RANK")
    return torch.device("cuda") if number is None else torch.device("cuda", int(number))
