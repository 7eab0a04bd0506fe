"""Distances between two categorical predictions, and their entropy (Ojha et al., arXiv 1910.01112v1).

All take logits `(N, K)`, whose softmax is the prediction. Each distance gives one value a row `(N,)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

Distance = Literal["squared", "kl", "js", "cosine"]


def squared_distance(a_NK: Tensor, b_NK: Tensor) -> Tensor:
    """Squared Euclidean distance between the probabilities, in [0, 2]."""
    return (a_NK.softmax(dim=1) - b_NK.softmax(dim=1)).square().sum(dim=1)


def symmetric_kl(a_NK: Tensor, b_NK: Tensor) -> Tensor:
    """(KL(p || q) + KL(q || p)) / 2 in nats, >= 0."""
    log_p_NK, log_q_NK = a_NK.log_softmax(dim=1), b_NK.log_softmax(dim=1)
    return 0.5 * ((log_p_NK.exp() - log_q_NK.exp()) * (log_p_NK - log_q_NK)).sum(dim=1)


def jensen_shannon(a_NK: Tensor, b_NK: Tensor) -> Tensor:
    """(KL(p || m) + KL(q || m)) / 2 in nats with m = (p + q) / 2, in [0, log 2]."""
    log_p_NK, log_q_NK = a_NK.log_softmax(dim=1), b_NK.log_softmax(dim=1)
    log_m_NK = torch.logaddexp(log_p_NK, log_q_NK) - math.log(2.0)
    from_p_NK = log_p_NK.exp() * (log_p_NK - log_m_NK)
    from_q_NK = log_q_NK.exp() * (log_q_NK - log_m_NK)
    return 0.5 * (from_p_NK + from_q_NK).sum(dim=1)


def cosine_distance(a_NK: Tensor, b_NK: Tensor) -> Tensor:
    """One minus the cosine between the probabilities, in [0, 1]."""
    return 1.0 - torch.cosine_similarity(a_NK.softmax(dim=1), b_NK.softmax(dim=1), dim=1)


def mean_entropy(logits_NK: Tensor) -> Tensor:
    """Mean over the rows of each prediction's own entropy; a scalar in nats, in [0, log K]."""
    log_p_NK = logits_NK.log_softmax(dim=1)
    return -(log_p_NK.exp() * log_p_NK).sum(dim=1).mean()


DISTANCES: dict[Distance, Callable[[Tensor, Tensor], Tensor]] = {
    "squared": squared_distance,
    "kl": symmetric_kl,
    "js": jensen_shannon,
    "cosine": cosine_distance,
}
