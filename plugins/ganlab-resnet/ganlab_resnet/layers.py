"""Layers with their initial weights, and spectral normalisation.

Weights are uniform after Glorot and Bengio 2010, as in the SNGAN authors' code. They come from torch's global
generator, as every `nn.Module`'s do; whoever builds a network forks and seeds it.
"""

from __future__ import annotations

from torch import nn
from torch.nn.utils import parametrizations

RESIDUAL_GAIN = 2.0**0.5  # of the convolutions whose outputs a ReLU halves

_SETTLING = 20  # power iterations before the first step, beyond torch's own


def convolution(channels_in: int, channels_out: int, size: int, *, gain: float = 1.0, bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps the map's size, with weights of this gain and a bias of zero."""
    layer = nn.Conv2d(channels_in, channels_out, size, padding=size // 2, bias=bias)
    nn.init.xavier_uniform_(layer.weight, gain=gain)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def linear(features_in: int, features_out: int) -> nn.Linear:
    """A linear layer with weights of gain 1 and a bias of zero."""
    layer = nn.Linear(features_in, features_out)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def divide_by_singular_values_(network: nn.Module) -> None:
    """Divide each convolution's and linear layer's weight by its largest singular value (Miyato et al. 2018).

    arXiv 1802.05957, section 2.1. The value is estimated by one power iteration a forward pass in training mode: one
    for a whole joint pass.
    """
    for layer in list(network.modules()):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            parametrizations.spectral_norm(layer)
            for _ in range(_SETTLING):
                _ = layer.weight  # each look is a power iteration
