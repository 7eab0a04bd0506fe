"""The global random states, for parts of third parties that draw from them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from ganlab_core.interface.randomness import derived_seed


def random_states() -> dict[str, Any]:
    """Python's and numpy's global generators, for third-party parts that use them."""
    version, words, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "python": [version, list(words), gauss],
        "numpy": [name, np.asarray(keys).tolist(), int(position), int(has_gauss), float(cached)],
    }


@contextmanager
def kept_random_states() -> Iterator[None]:
    """Inside, all global generators may be drawn from; afterwards they stand where they stood."""
    others, cpu = random_states(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        yield
    finally:
        restore_random_states(others)
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)


def seed_random_states(seed: int) -> None:
    """Seed the global generators, so that third-party parts that use them begin alike wherever a run begins."""
    derived = derived_seed(seed, "global")
    torch.manual_seed(derived)
    random.seed(derived)
    np.random.seed(derived % 2**32)


def restore_random_states(states: Mapping[str, Any]) -> None:
    """Put back what `random_states` gave.

    Raises:
        KeyError, TypeError, ValueError: it is nothing that `random_states` gives.
    """
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, *rest = states["numpy"]
    if not 0 <= rest[0] <= len(keys):  # numpy would read beyond its memory
        raise ValueError(f"numpy's generator stands at {rest[0]} of {len(keys)}")
    np.random.set_state((name, np.array(keys, dtype=np.uint32), *rest))
