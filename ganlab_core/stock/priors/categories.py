"""What priors over categories share: draws as one-hot rows, a category held fixed, and its cross-entropy."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import Draw


def one_hot_draw(index_N: Tensor, *, classes: int) -> Draw:
    """The draw of categories `(N,)` int64: one-hot rows `(N, K)` float32 as value, the index as target."""
    return Draw(value_NW=F.one_hot(index_N, classes).float(), target=index_N)


def fixed_category(value: float, batch_size: int, *, classes: int, device: torch.device) -> Draw:
    """The draw that holds one category in every row: one-hot rows `(N, K)`.

    Args:
        value: the category, as a number.
        batch_size: N.
        classes: K.
        device: where the draw lies.

    Raises:
        GanlabError: `value` is no whole number from 0 to `classes - 1`.
    """
    if value not in range(classes):
        raise GanlabError(
            f"category {value:g} of a code with {classes} classes: choose a whole number, 0 to {classes - 1}"
        )
    return one_hot_draw(torch.full((batch_size,), int(value), device=device), classes=classes)


def categorical_nll(logits_NK: Tensor, draw: Draw, target: Literal["hard", "soft"]) -> Tensor:
    """-log Q(c | x) `(N,)` in nats with Q = softmax(logits) (Chen et al. 2016, arXiv 1606.03657, equation 5).

    Args:
        logits_NK: what a recognition head says of N images.
        draw: the code that they were made from, over K categories.
        target: `hard` is the drawn index; `soft` is what the generator saw, which then gets a gradient too.
    """
    if target == "soft":
        return F.cross_entropy(logits_NK, draw.value_NW, reduction="none")
    assert draw.target is not None
    return F.cross_entropy(logits_NK, draw.target, reduction="none")
