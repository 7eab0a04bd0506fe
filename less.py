"""A plugin with a tiny feature network, and with a recognition head that reads it: what a test can tell by eye."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ganlab_core import Component, GeneratorLoss, LossSpec, Recognition, RecognitionSpec, StepContext, hookimpl

WIDTH = 4
asked: list[tuple[int, ...]] = []
"""The shape of every batch that a network was asked about."""


class Brightness:
    """How bright an image is as a whole, and in red, green and blue."""

    def __init__(self, *, size: int = 24, scale: float = 1.0) -> None:
        self.size = size
        self.width = WIDTH
        self.identity = f"brightness, scaled by {scale}, {size} pixels"
        self._scale = scale

    def to(self, device: torch.device) -> Brightness:
        """Nothing of it lies anywhere."""
        return self

    def __call__(self, images_NCHW: Tensor) -> Tensor:
        asked.append(tuple(images_NCHW.shape))
        assert images_NCHW.dtype == torch.uint8
        means_NC = images_NCHW.float().mean(dim=(2, 3)) / 255
        return self._scale * torch.cat([means_NC.mean(dim=1, keepdim=True), means_NC], dim=1)


class Reader(nn.Module):
    """Reads code 0 in every image, and in features whether the image is a bright one: code 1, or 2."""

    def __init__(self, spec: RecognitionSpec) -> None:
        super().__init__()
        assert spec.frozen_features in (None, WIDTH)
        self.trunk = nn.Linear(spec.features, 3)

    def forward(self, features_ND: Tensor) -> Recognition:
        found_ND = self.trunk(features_ND)
        return Recognition({"code": 0 * found_ND + torch.tensor([9.0, 0.0, 0.0])}, found_ND)

    def of_features(self, features_ND: Tensor) -> Recognition:
        """By the first number."""
        bright_N = features_ND[:, :1] > features_ND.new_tensor(0.5)
        logits_NK = torch.where(bright_N, torch.tensor([0.0, 9.0, 0.0]), torch.tensor([0.0, 0.0, 9.0]))
        return Recognition({"code": logits_NK}, features_ND)


class Seen(nn.Module):
    """Keeps the mean of the features that a step sees."""

    mean_D: Tensor

    def __init__(self, spec: LossSpec) -> None:
        super().__init__()
        self.register_buffer("mean_D", torch.full((WIDTH,), torch.nan))

    def generator(self, step: StepContext) -> Tensor:
        """Nothing to learn."""
        if step.data.features_ND is not None:
            assert len(step.data.features_ND) == len(step.data)
            self.mean_D.copy_(step.data.features_ND.mean(dim=0))
        return 0 * step.images("fake").sum()


_: type[GeneratorLoss] = Seen


def no_longer() -> Iterable[Component]:
    """The network."""
    yield Component(name="brightness", factory=Brightness)


@hookimpl
def ganlab_networks() -> Iterable[Component]:
    """The head."""
    yield Component(name="reader", role="recognition", factory=Reader)


@hookimpl
def ganlab_losses() -> Iterable[Component]:
    """The loss."""
    yield Component(name="seen", factory=Seen)
