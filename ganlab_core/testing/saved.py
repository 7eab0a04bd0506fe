"""State that is saved and read back as a checkpoint does: by name, through safetensors."""

from __future__ import annotations

import torch
from safetensors.torch import load, save
from torch import nn


def restore(fresh: nn.Module, trained: nn.Module) -> None:
    """Put the saved state of one module into another that was built alike.

    Raises:
        RuntimeError: safetensors cannot hold it (two names for one tensor), or the names or shapes differ.
    """
    state = {name: value.detach().cpu().contiguous() for name, value in trained.state_dict().items()}
    fresh.load_state_dict(load(save(state)))


@torch.no_grad()
def move_parameters(module: nn.Module, *, seed: int, by: float = 0.1) -> None:
    """Move every parameter a little from where it started, as training would."""
    random = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.add_(torch.randn(parameter.shape, generator=random).to(parameter.dtype), alpha=by)
