"""InfoGAN's networks for MNIST (Chen et al. 2016, arXiv 1606.03657, appendix C.1).

Convolutions are 4x4 of stride 2, leaky ReLUs of slope 0.2. Layers before a batch norm have no bias: the norm
would take it away.
"""

from __future__ import annotations

from torch import Tensor, nn

from ganlab_core.component import GanlabError, GeneratorSpec, TrunkSpec
from ganlab_core.networks.batch_norm import GroupedBatchNorm, GroupedSequential
from ganlab_core.networks.initial_weights import draw_weights_

_MAP_SHAPE = (128, 7, 7)
_MAP_VALUES = 128 * 7 * 7


def _image_channels(image_shape: tuple[int, int, int]) -> int:
    channels, height, width = image_shape
    if (height, width) != (28, 28) or channels not in (1, 3):
        raise GanlabError(
            f"infogan: images are {height}x{width} with {channels} channels: choose 28x28 with 1 or 3, "
            "or the dcgan networks"
        )
    return channels


class InfoGANGenerator(nn.Module):
    """InfoGAN's generator for 28x28: linear 1024, linear 128x7x7, transposed convolutions to 64 and image."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(spec.latent_width, 1024, bias=False),
            nn.BatchNorm1d(1024),
            nn.ReLU(inplace=True),
            nn.Linear(1024, _MAP_VALUES, bias=False),
            nn.BatchNorm1d(_MAP_VALUES),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, _MAP_SHAPE),
            nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(64, _image_channels(spec.image_shape), 4, stride=2, padding=1),
            nn.Tanh(),
        )
        draw_weights_(self)

    def forward(self, latent_NZ: Tensor) -> Tensor:
        """Images `(N, C, 28, 28)` in [-1, 1]."""
        images_NCHW: Tensor = self.layers(latent_NZ)
        return images_NCHW


class InfoGANTrunk(nn.Module):
    """InfoGAN's trunk for 28x28: convolutions to 64 and 128, linear 1024; BatchNorm but first, leaky ReLU."""

    features = 1024

    def __init__(self, spec: TrunkSpec) -> None:
        super().__init__()
        self.layers = GroupedSequential(
            nn.Conv2d(_image_channels(spec.image_shape), 64, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(64, 128, 4, stride=2, padding=1, bias=False),
            GroupedBatchNorm(128),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Flatten(),
            nn.Linear(_MAP_VALUES, self.features, bias=False),
            GroupedBatchNorm(self.features),
            nn.LeakyReLU(0.2, inplace=True),
        )
        draw_weights_(self)

    def forward(self, images_NCHW: Tensor, groups: int = 1) -> Tensor:
        """Features `(N, 1024)` of a batch of `groups` equal parts, each as a pass of its own would give."""
        features_ND: Tensor = self.layers(images_NCHW, groups)
        return features_ND
