"""Which codes look alike: where the images of one lie hardly nearer to its own middle than to the other's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import torch
from torch import Tensor

from ganlab_core.verbs.report.code_names import CodeName

_HARDLY = 0.6  # of what pairs usually are apart, which differs between embeddings
_NAMED = 5


@dataclass(frozen=True)
class Alike:
    """A code, one that it looks like, and how distinct its images are from that, -1 to 1."""

    one: CodeName
    other: CodeName
    apart: float


def most_like(name: CodeName, apart_KK: Tensor | None, names: Sequence[CodeName]) -> Alike | None:
    """The code that one looks like most; None where that is not known."""
    if apart_KK is None:
        return None
    found = [Alike(name, other, float(apart_KK[name.index, other.index])) for other in names if other != name]
    return min((one for one in found if math.isfinite(one.apart)), key=lambda one: one.apart, default=None)


def alike_pairs(apart_KK: Tensor | None, names: Sequence[CodeName]) -> list[Alike]:
    """The pairs that look most alike, each told of the code for which it is more so, the most alike first."""
    if apart_KK is None or len(names) < 3:  # what is usual is not known of one pair
        return []
    usual = float(apart_KK[~torch.eye(len(apart_KK), dtype=torch.bool)].nanmedian())
    found: dict[frozenset[int], Alike] = {}
    for one, other in permutations(names, 2):
        apart = float(apart_KK[one.index, other.index])
        pair = frozenset((one.index, other.index))
        if apart < _HARDLY * usual and (pair not in found or apart < found[pair].apart):
            found[pair] = Alike(one, other, apart)
    return sorted(found.values(), key=lambda alike: alike.apart)[:_NAMED]
