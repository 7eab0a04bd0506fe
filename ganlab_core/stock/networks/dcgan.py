"""DCGAN's generator and trunk at several sizes (Radford et al. 2016, arXiv 1511.06434, section 3, figure 1).

Both are a pyramid of maps, each half the side of the one before with twice its channels, down to 4x4 (7x7 for
28x28).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.specs import GeneratorSpec, TrunkSpec
from ganlab_core.stock.networks.batch_norm import GroupedSequential
from ganlab_core.stock.networks.initial_weights import draw_batch_norm_weights_, draw_weights_
from ganlab_core.stock.networks.norms import Norm, divide_by_singular_values_, norm_layers

# Halvings from each size down to the coarsest map.
_HALVINGS = {8: 1, 16: 2, 28: 2, 32: 3, 64: 4, 128: 5, 256: 6}
_WIDEST = 8


@dataclass(frozen=True)
class Pyramid:
    """Channels of each map, the finest (half the image's side) first, and the coarsest's side in pixels."""

    channels: tuple[int, ...]
    coarsest_side: int

    @property
    def coarsest_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of the coarsest map."""
        return (self.channels[-1], self.coarsest_side, self.coarsest_side)

    @property
    def features(self) -> int:
        """Values in the coarsest map."""
        return self.channels[-1] * self.coarsest_side**2


def pyramid(image_shape: tuple[int, int, int], *, width: int) -> Pyramid:
    """The maps for images of `(C, H, W)`: `width` channels, doubled at each halving, at most 8 times `width`.

    Raises:
        GanlabError: the images are not square, or their size or number of channels is not on offer.
    """
    channels, height, side = image_shape
    offered = ", ".join(map(str, _HALVINGS))
    if height != side:
        raise GanlabError(f"dcgan: images are non-square {height}x{side}: make them square, of side {offered}")
    if side not in _HALVINGS:
        raise GanlabError(f"dcgan: images are of size {side}: choose {offered}")
    if channels not in (1, 3):
        raise GanlabError(f"dcgan: images have {channels} channels: choose 1 or 3")
    halvings = _HALVINGS[side]
    return Pyramid(
        channels=tuple(width * min(2**level, _WIDEST) for level in range(halvings)),
        coarsest_side=side >> halvings,
    )


class DCGANGenerator(nn.Module):
    """DCGAN's generator: a projection, then transposed convolutions 4x4/2 with BatchNorm and ReLU.

    Square images of side 8, 16, 28, 32, 64, 128 or 256, with 1 or 3 channels.

    Args:
        width: channels of the finest map; doubled at each halving, at most 8 times.
    """

    def __init__(self, spec: GeneratorSpec, *, width: PositiveInt = 64) -> None:
        super().__init__()
        maps = pyramid(spec.image_shape, width=width)
        layers: list[nn.Module] = [
            nn.Linear(spec.latent_width, maps.features, bias=False),
            nn.Unflatten(1, maps.coarsest_shape),
            nn.BatchNorm2d(maps.channels[-1]),
            nn.ReLU(inplace=True),
        ]
        for coarse, fine in pairwise(reversed(maps.channels)):
            layers += [
                nn.ConvTranspose2d(coarse, fine, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(fine),
                nn.ReLU(inplace=True),
            ]
        layers += [
            nn.ConvTranspose2d(maps.channels[0], spec.image_shape[0], 4, stride=2, padding=1),
            nn.Tanh(),
        ]
        self.layers = nn.Sequential(*layers)
        draw_weights_(self)
        draw_batch_norm_weights_(self)

    def forward(self, latent_NZ: Tensor) -> Tensor:
        """Images `(N, C, H, W)` in [-1, 1]."""
        images_NCHW: Tensor = self.layers(latent_NZ)
        return images_NCHW


class DCGANTrunk(nn.Module):
    """DCGAN's discriminator without its last layer: convolutions 4x4/2, norm, leaky ReLU 0.2.

    Square images of side 8, 16, 28, 32, 64, 128 or 256, with 1 or 3 channels.

    Args:
        width: channels of the finest map; doubled at each halving, at most 8 times.
        norm: after each convolution but the first: `batch` normalises over the batch, as published; `layer`
            (over each image's whole map) and `none` are for `r1`, `r2` and `gradient-penalty`, which need each image's
            own gradient.
        spectral_norm: divide each convolution's weight by its largest singular value (Miyato et al. 2018,
            arXiv 1802.05957), estimated by one power iteration a forward pass: one for a whole joint pass.
    """

    def __init__(
        self, spec: TrunkSpec, *, width: PositiveInt = 64, norm: Norm = "batch", spectral_norm: bool = False
    ) -> None:
        super().__init__()
        maps = pyramid(spec.image_shape, width=width)
        self.features = maps.features
        layers: list[nn.Module] = [
            nn.Conv2d(spec.image_shape[0], maps.channels[0], 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        for fine, coarse in pairwise(maps.channels):
            layers += [
                nn.Conv2d(fine, coarse, 4, stride=2, padding=1, bias=norm != "batch"),
                *norm_layers(norm, coarse),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        self.layers = GroupedSequential(*layers, nn.Flatten())
        draw_weights_(self)
        draw_batch_norm_weights_(self)
        if spectral_norm:
            divide_by_singular_values_(self)

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Features `(N, D)` of a batch of `groups` equal parts, each as a pass of its own would give."""
        features_ND: Tensor = self.layers(images_NCHW, groups)
        return features_ND
