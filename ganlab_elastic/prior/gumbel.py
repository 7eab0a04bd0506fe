"""Gumbel-Softmax: categorical draws relaxed so that gradients reach the probabilities.

Jang et al. 2017 (arXiv 1611.01144, equation 2) and Maddison et al. 2017 (arXiv 1611.00712): with g_k
standard Gumbel, softmax((log p + g) / temperature) is largest at k with probability p_k exactly, at any temperature.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gumbel_softmax(logits_K: Tensor, *, count: int, temperature: float, generator: torch.Generator) -> Tensor:
    """`count` relaxed draws `(N, K)` from softmax(logits); rows are positive and sum to one.

    The generator lives on the device of the logits.
    """
    noise_NK = torch.empty(count, len(logits_K), device=generator.device, dtype=logits_K.dtype)
    gumbel_NK = -noise_NK.exponential_(generator=generator).log()
    return torch.softmax((logits_K + gumbel_NK) / temperature, dim=1)


def straight_through(relaxed_NK: Tensor, index_N: Tensor) -> Tensor:
    """One-hot rows in the forward pass, the relaxed draw's gradient in the backward pass (Jang et al., section 2.2)."""
    hard_NK = torch.zeros_like(relaxed_NK).scatter_(1, index_N[:, None], 1.0)
    return hard_NK + relaxed_NK - relaxed_NK.detach()
