"""A small reader of an embedding: what class an image is of, for images that were not there when classes were found.

Multinomial logistic regression on standardised coordinates, taught probabilities rather than codes, so that it is as
sure as they are (distillation, Hinton et al. 2015).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_COMPONENTS = 128
_STEPS = 60
_DECAY = 1e-5  # of squared weights, on the mean loss of an image


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
        centred_ND = F.normalize(embedding_ND.float(), dim=1) - self.mean_D
        return F.linear(centred_ND, self.weight_KD, self.bias_K).log_softmax(dim=1)


def fit_reader(embedding_ND: Tensor, probabilities_NK: Tensor) -> Reader:
    """The reader that says of these images what is known of them, as nearly as it can.

    It looks at the directions of most variance alone, each divided by the square root of its spread; what lies beyond
    them is little, and would be learned by heart. The same input gives the same reader.

    Args:
        embedding_ND: of N images.
        probabilities_NK: how probable each class is of each; rows sum to 1.
    """
    directions_ND = F.normalize(embedding_ND.detach().cpu().double(), dim=1)
    mean_D = directions_ND.mean(dim=0)
    look_CD = _look(directions_ND - mean_D)
    inputs_NC = (directions_ND - mean_D) @ look_CD.T
    weight_KC, bias_K = _fitted(inputs_NC, probabilities_NK.detach().cpu().double())
    reader = Reader(len(mean_D), len(bias_K))
    weights = {"mean_D": mean_D, "weight_KD": weight_KC @ look_CD, "bias_K": bias_K}
    reader.load_state_dict({name: weight.float() for name, weight in weights.items()})
    return reader


def _look(centred_ND: Tensor) -> Tensor:
    """The directions of most variance `(C, D)`, scaled so that coordinates along them have squares of 1 in the mean."""
    count, width = centred_ND.shape
    from sklearn.utils.extmath import randomized_svd  # here, since it takes long to import

    found = randomized_svd(centred_ND.numpy(), min(_COMPONENTS, count, width), n_iter=4, random_state=0)
    spread_C, directions_CD = torch.from_numpy(found[1]) / count**0.5, torch.from_numpy(found[2])
    varies_C = spread_C > 1e-6 * max(1e-6, spread_C.max().item())
    halved_CD = directions_CD[varies_C] / spread_C[varies_C, None].sqrt()
    scaled_CD: Tensor = halved_CD / spread_C[varies_C].sum().sqrt().clamp(min=1e-12)
    return scaled_CD


def _fitted(inputs_NC: Tensor, targets_NK: Tensor) -> tuple[Tensor, Tensor]:
    """Weights `(K, C)` and biases `(K,)` of least cross-entropy; convex, so that where it starts hardly matters."""
    weight_KC = inputs_NC.new_zeros(targets_NK.shape[1], inputs_NC.shape[1], requires_grad=True)
    bias_K = targets_NK.mean(dim=0).clamp(min=1e-6).log().requires_grad_()
    optimizer = torch.optim.LBFGS([weight_KC, bias_K], max_iter=_STEPS, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        read_NK = F.linear(inputs_NC, weight_KC, bias_K).log_softmax(dim=1)
        value = -(targets_NK * read_NK).sum(dim=1).mean() + _DECAY * weight_KC.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return weight_KC.detach(), bias_K.detach()
