"""InfoGAN's networks for MNIST (Chen et al. 2016, arXiv 1606.03657, appendix C.1), at any width.

Convolutions are 4x4 of stride 2, leaky ReLUs of slope 0.2. Layers before a batch norm have no bias: the norm
would take it away.
"""

from __future__ import annotations

from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import GeneratorSpec, TrunkSpec
from ganlab_core.stock.networks.batch_norm import GroupedSequential
from ganlab_core.stock.networks.initial_weights import draw_weights_
from ganlab_core.stock.networks.norms import Norm, divide_by_singular_values_, norm_layers

_LINEAR = 16  # width of the linear layers in widths of the finest map


def _coarsest_shape(image_shape: tuple[int, int, int], *, width: int) -> tuple[int, int, int]:
    """(C, H, W) of the coarsest map, a quarter of the images' side."""
    channels, height, side = image_shape
    if height != side or side % 4 or channels not in (1, 3):
        raise GanlabError(
            f"infogan: images are {height}x{side} with {channels} channels: choose a square size that 4 divides "
            "and 1 or 3 channels, such as 28x28 with 1, or the dcgan networks"
        )
    return 2 * width, side // 4, side // 4


class InfoGANGenerator(nn.Module):
    """InfoGAN's generator: linear, linear to a map, two transposed convolutions; BatchNorm and ReLU between them.

    Square images whose side 4 divides, with 1 or 3 channels. At width 64 on 28x28 it is the published one: linear 1024,
    linear 128x7x7, transposed convolutions to 64 and to the image.

    Args:
        width: channels of the finest map; the coarsest has twice as many, the linear layer 16 times.
    """

    def __init__(self, spec: GeneratorSpec, *, width: PositiveInt = 64) -> None:
        super().__init__()
        coarsest = _coarsest_shape(spec.image_shape, width=width)
        values = coarsest[0] * coarsest[1] * coarsest[2]
        self.layers = nn.Sequential(
            nn.Linear(spec.latent_width, _LINEAR * width, bias=False),
            nn.BatchNorm1d(_LINEAR * width),
            nn.ReLU(inplace=True),
            nn.Linear(_LINEAR * width, values, bias=False),
            nn.BatchNorm1d(values),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, coarsest),
            nn.ConvTranspose2d(coarsest[0], width, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(width, spec.image_shape[0], 4, stride=2, padding=1),
            nn.Tanh(),
        )
        draw_weights_(self)

    def forward(self, latent_NZ: Tensor) -> Tensor:
        """Images `(N, C, H, W)` in [-1, 1]."""
        images_NCHW: Tensor = self.layers(latent_NZ)
        return images_NCHW


class InfoGANTrunk(nn.Module):
    """InfoGAN's trunk: two convolutions and a linear layer; BatchNorm but first, leaky ReLU.

    Square images whose side 4 divides, with 1 or 3 channels. At width 64 on 28x28 it is the published one: convolutions
    to 64 and 128, linear 1024.

    Args:
        width: channels of the finest map; the coarsest has twice as many, the linear layer 16 times.
        norm: after each layer but the first: `batch` normalises over the batch, as published; `layer` (over each
            image's whole map) and `none` are for `r1`, `r2` and `gradient-penalty`, which need each image's own
            gradient.
        spectral_norm: divide each layer's weight by its largest singular value (Miyato et al. 2018, arXiv 1802.05957).
    """

    def __init__(
        self, spec: TrunkSpec, *, width: PositiveInt = 64, norm: Norm = "batch", spectral_norm: bool = False
    ) -> None:
        super().__init__()
        coarsest = _coarsest_shape(spec.image_shape, width=width)
        self.features = _LINEAR * width
        self.layers = GroupedSequential(
            nn.Conv2d(spec.image_shape[0], width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, coarsest[0], 4, stride=2, padding=1, bias=norm != "batch"),
            *norm_layers(norm, coarsest[0]),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Flatten(),
            nn.Linear(coarsest[0] * coarsest[1] * coarsest[2], self.features, bias=norm != "batch"),
            *norm_layers(norm, self.features),
            nn.LeakyReLU(0.2, inplace=True),
        )
        draw_weights_(self)
        if spectral_norm:
            divide_by_singular_values_(self)

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Features `(N, 16 * width)` of a batch of `groups` equal parts, each as a pass of its own would give."""
        features_ND: Tensor = self.layers(images_NCHW, groups)
        return features_ND
