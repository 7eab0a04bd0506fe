"""SNGAN's generator (Miyato et al. 2018, arXiv 1802.05957, appendix B)."""

from __future__ import annotations

from itertools import pairwise

from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core import GeneratorSpec
from ganlab_resnet.blocks import UpBlock
from ganlab_resnet.layers import convolution, divide_by_singular_values_, linear
from ganlab_resnet.layout import COARSEST_SIDE, generator_channels, require_offered


class ResNetGenerator(nn.Module):
    """SNGAN's generator: a projection to 4x4, residual blocks with BatchNorm and nearest upsampling.

    Square images of side 32, 64 or 128, with 1 or 3 channels.

    Args:
        width: channels of the finest map: at side 32 those of all maps (256 as published), else doubled at each
            halving (64 as published for 128).
        spectral_norm: divide each layer's weight by its largest singular value (Zhang et al. 2019, arXiv 1805.08318).

    Raises:
        GanlabError: the images are not square, or their size or number of channels is not on offer.
    """

    def __init__(self, spec: GeneratorSpec, *, width: PositiveInt = 32, spectral_norm: bool = False) -> None:
        super().__init__()
        channels = generator_channels(require_offered(spec.image_shape), width=width)
        self.layers = nn.Sequential(
            linear(spec.latent_width, channels[0] * COARSEST_SIDE**2),
            nn.Unflatten(1, (channels[0], COARSEST_SIDE, COARSEST_SIDE)),
            *(UpBlock(coarse, fine) for coarse, fine in pairwise(channels)),
            nn.BatchNorm2d(channels[-1]),
            nn.ReLU(inplace=True),
            convolution(channels[-1], spec.image_shape[0], 3),
            nn.Tanh(),
        )
        if spectral_norm:
            divide_by_singular_values_(self)

    def forward(self, latent_NZ: Tensor) -> Tensor:
        """Images `(N, C, H, W)` in [-1, 1]."""
        images_NCHW: Tensor = self.layers(latent_NZ)
        return images_NCHW
