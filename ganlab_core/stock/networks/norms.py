"""What keeps a trunk's layers in bounds: a norm after each, or a bound on the weights themselves."""

from __future__ import annotations

from typing import Literal

from torch import nn
from torch.nn.utils import parametrizations

from ganlab_core.stock.networks.batch_norm import GroupedBatchNorm

Norm = Literal["batch", "layer", "none"]


def norm_layers(norm: Norm, channels: int) -> list[nn.Module]:
    """The norm after a layer of so many channels, as a list that may be empty.

    `batch` normalises over the batch, part by part of a joint one; `layer` over each image's whole map.
    """
    if norm == "batch":
        return [GroupedBatchNorm(channels)]
    return [nn.GroupNorm(1, channels)] if norm == "layer" else []


def divide_by_singular_values_(network: nn.Module) -> None:
    """Divide each convolution's and linear layer's weight by its largest singular value (Miyato et al. 2018).

    arXiv 1802.05957; estimated by one power iteration a forward pass in training mode: one for a whole joint pass.
    """
    for layer in list(network.modules()):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            parametrizations.spectral_norm(layer)
