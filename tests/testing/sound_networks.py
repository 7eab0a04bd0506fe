"""Networks of each role that keep every promise, for tests to break one of."""

from __future__ import annotations

from torch import Tensor, nn

from ganlab_core import DiscriminatorSpec, GeneratorSpec, Recognition, RecognitionSpec, TrunkSpec


class Generator(nn.Module):
    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        channels, height, side = self.shape = spec.image_shape
        self.layer = nn.Linear(spec.latent_width, channels * height * side)

    def forward(self, latent_NZ: Tensor) -> Tensor:
        images_NCHW: Tensor = self.layer(latent_NZ).unflatten(1, self.shape).tanh()
        return images_NCHW


class Trunk(nn.Module):
    features = 7

    def __init__(self, spec: TrunkSpec) -> None:
        super().__init__()
        self.layer = nn.Linear(spec.image_shape[0] * spec.image_shape[1] ** 2, 7)

    def forward(self, images_NCHW: Tensor) -> Tensor:
        features_ND: Tensor = self.layer(images_NCHW.flatten(1))
        return features_ND


class Head(nn.Module):
    def __init__(self, spec: DiscriminatorSpec) -> None:
        super().__init__()
        self.layer = nn.Linear(spec.features, 1)

    def forward(self, features_ND: Tensor) -> Tensor:
        logits_N: Tensor = self.layer(features_ND).squeeze(1)
        return logits_N


class Reader(nn.Module):
    def __init__(self, spec: RecognitionSpec) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({name: nn.Linear(spec.features, width) for name, width in spec.codes.items()})

    def forward(self, features_ND: Tensor) -> Recognition:
        return Recognition({name: layer(features_ND) for name, layer in self.layers.items()}, features_ND)
