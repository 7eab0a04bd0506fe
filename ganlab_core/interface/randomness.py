"""Randomness without state: every generator comes from a hash of the seed and of what it is for.

A run that was killed, resumed or moved to other hardware settings draws the same numbers at the same step, since
nothing depends on how many numbers were drawn before.
"""

from __future__ import annotations

import hashlib

import torch


def derived_seed(seed: int, *purpose: object) -> int:
    """A 63-bit seed from `seed` and anything with a stable text form, such as a step number and a stream's name."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def derived_generator(seed: int, *purpose: object, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh `torch.Generator` on `device`, seeded by `derived_seed(seed, *purpose)`."""
    return torch.Generator(device).manual_seed(derived_seed(seed, *purpose))
