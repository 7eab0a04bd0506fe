"""A small reader of an embedding: what class an image is of, for images that were not there when classes were found.

Multinomial logistic regression on standardised coordinates, taught probabilities rather than codes, so that it is as
sure as they are (distillation, Hinton et al. 2015).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_STEPS = 60
_DECAY = 3e-3  # of squared weights, for each image's worth of loss


class Reader(nn.Module):
    """Log-probabilities `(N, K)` of classes from embeddings `(N, D)`.

    Everything is a buffer: it is fitted once, and its file is weights alone.

    Args:
        width: D.
        classes: K.
    """

    mean_D: Tensor
    weight_KD: Tensor
    bias_K: Tensor

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean_D", torch.zeros(width))
        self.register_buffer("weight_KD", torch.zeros(classes, width))
        self.register_buffer("bias_K", torch.zeros(classes))

    def forward(self, embedding_ND: Tensor) -> Tensor:
        """Log-probabilities `(N, K)`; only the direction of an embedding counts."""
        return F.linear(
            F.normalize(embedding_ND.float(), dim=1) - self.mean_D, self.weight_KD, self.bias_K
        ).log_softmax(dim=1)


def fit_reader(embedding_ND: Tensor, probabilities_NK: Tensor) -> Reader:
    """The reader that says of these images what is known of them, as nearly as it can.

    Args:
        embedding_ND: of N images.
        probabilities_NK: how probable each class is of each; rows sum to 1.
    """
    directions_ND = F.normalize(embedding_ND.detach().cpu().double(), dim=1)
    mean_D = directions_ND.mean(dim=0)
    scale = (directions_ND - mean_D).square().sum(dim=1).mean().sqrt().clamp(min=1e-12)
    inputs_ND = (directions_ND - mean_D) / scale
    targets_NK = probabilities_NK.detach().cpu().double()
    weight_KD = torch.zeros(targets_NK.shape[1], inputs_ND.shape[1], dtype=torch.double, requires_grad=True)
    bias_K = targets_NK.mean(dim=0).clamp(min=1e-6).log().requires_grad_()
    optimizer = torch.optim.LBFGS([weight_KD, bias_K], max_iter=_STEPS, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        read_NK = F.linear(inputs_ND, weight_KD, bias_K).log_softmax(dim=1)
        value = -(targets_NK * read_NK).sum(dim=1).mean() + _DECAY * weight_KD.square().sum() / len(inputs_ND)
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[arg-type]
    reader = Reader(inputs_ND.shape[1], targets_NK.shape[1])
    reader.load_state_dict(
        {"mean_D": mean_D.float(), "weight_KD": (weight_KD / scale).detach().float(), "bias_K": bias_K.detach().float()}
    )
    return reader
