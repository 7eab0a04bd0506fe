"""Initial weights of DCGAN and InfoGAN: normals of standard deviation 0.02.

Radford et al. 2016, arXiv 1511.06434, section 4. They come from torch's global generator, as every
`nn.Module`'s do; whoever builds a network forks and seeds it.
"""

from __future__ import annotations

from torch import nn

from ganlab_core.stock.networks.batch_norm import GroupedBatchNorm

_STD = 0.02


def draw_weights_(network: nn.Module) -> None:
    """Weights of convolutions and linear layers from N(0, 0.02), their biases zero."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, std=_STD)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def draw_batch_norm_weights_(network: nn.Module) -> None:
    """Weights of batch norms from N(1, 0.02), as in the DCGAN authors' code; their biases stay zero."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | GroupedBatchNorm):
            nn.init.normal_(module.weight, mean=1.0, std=_STD)
