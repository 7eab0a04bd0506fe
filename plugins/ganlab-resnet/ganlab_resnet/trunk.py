"""SNGAN's discriminator without its last layer (Miyato et al. 2018, arXiv 1802.05957, appendix B)."""

from __future__ import annotations

from itertools import pairwise

from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core import TrunkSpec
from ganlab_resnet.blocks import FirstBlock, TrunkBlock
from ganlab_resnet.layers import divide_by_singular_values_
from ganlab_resnet.layout import require_offered, trunk_stages


class ResNetTrunk(nn.Module):
    """SNGAN's trunk: residual blocks with average pooling, no norm over the batch, summed over the last map.

    Square images of side 32, 64 or 128, with 1 or 3 channels. No image's features depend on another's, as `r1`, `r2`
    and `gradient-penalty` need it.

    Args:
        width: channels after the first block: at side 32 those of all maps (128 as published), else doubled at each
            halving (64 as published for 128).
        spectral_norm: divide each layer's weight by its largest singular value, estimated by one power iteration a
            forward pass: one for a whole joint pass.

    Raises:
        GanlabError: the images are not square, or their size or number of channels is not on offer.
    """

    def __init__(self, spec: TrunkSpec, *, width: PositiveInt = 32, spectral_norm: bool = True) -> None:
        super().__init__()
        stages = trunk_stages(require_offered(spec.image_shape), width=width)
        self.features = stages[-1].channels
        self.layers = nn.Sequential(
            FirstBlock(spec.image_shape[0], stages[0].channels),
            *(TrunkBlock(fine.channels, stage.channels, halves=stage.halves) for fine, stage in pairwise(stages)),
            nn.ReLU(inplace=True),
        )
        if spectral_norm:
            divide_by_singular_values_(self)

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Features `(N, D)` of a batch of `groups` parts, which need no care: each image is seen by itself."""
        maps_NCHW: Tensor = self.layers(images_NCHW)
        return maps_NCHW.sum(dim=(2, 3))
