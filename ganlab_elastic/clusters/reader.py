"""A linear reader of frozen features: multinomial logistic regression on what was found."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_elastic.clusters.classes import Classes

_PENALTY = 1e-4
_ITERATIONS = 200


@dataclass(frozen=True)
class LinearReader:
    """Logits `features_ND @ weight_KD.T + bias_K` of each class, calibrated."""

    weight_KD: Tensor
    bias_K: Tensor


def fit_reader(features_ND: Tensor, found: Classes) -> LinearReader:
    """Read the classes that were found, as probable as they are, from features."""
    points_ND = features_ND.detach().float().cpu()
    mean_D, scale_D = points_ND.mean(dim=0), (points_ND.std(dim=0) + 1e-6) * points_ND.shape[1] ** 0.5
    scaled_ND, targets_NK = (points_ND - mean_D) / scale_D, found.probabilities_NK.cpu()
    weight_KD = torch.zeros(found.count, points_ND.shape[1], requires_grad=True)
    bias_K = torch.zeros(found.count, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight_KD, bias_K], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(F.linear(scaled_ND, weight_KD, bias_K), targets_NK)
        loss = loss + _PENALTY * weight_KD.square().sum()
        torch.autograd.backward(loss)
        return loss

    with torch.enable_grad():
        optimiser.step(closure)
    weight_KD = weight_KD.detach() / scale_D
    return LinearReader(weight_KD, bias_K.detach() - weight_KD @ mean_D)
