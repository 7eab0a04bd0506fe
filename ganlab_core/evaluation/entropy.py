"""Entropy and perplexity of counts or proportions (Shannon 1948).

Shape suffix: K categories.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor


def entropy(counts_K: npt.NDArray[Any] | Tensor) -> float:
    """-sum p log p in nats with p the counts over their sum: from 0, all in one category, to log K, all alike.

    Args:
        counts_K: counts or proportions of at least 0, one of them above it; a tensor lies on the CPU.
    """
    counts = np.asarray(counts_K, dtype=np.float64)
    shares = counts[counts > 0] / counts.sum()
    return 0.0 - float((shares * np.log(shares)).sum())  # not `-`, which makes -0 of 0


def perplexity(counts_K: npt.NDArray[Any] | Tensor) -> float:
    """exp(entropy): how many categories, all alike, would be as uncertain; from 1 to K.

    Args:
        counts_K: as `entropy` takes them.
    """
    return float(np.exp(entropy(counts_K)))
