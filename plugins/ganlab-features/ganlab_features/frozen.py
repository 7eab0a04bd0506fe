"""`FrozenNetwork`: a backbone with the normalisation of its training, in eval mode, nothing of which learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab_core import GanlabError


@dataclass(frozen=True)
class Normalisation:
    """What is subtracted from a pixel in 0..255 and what it is divided by then, for red, green and blue."""

    mean: Sequence[float]
    deviation: Sequence[float]

    def __str__(self) -> str:
        return " ".join(f"{value:g}" for value in (*self.mean, *self.deviation))


IMAGENET = Normalisation((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
"""Of most networks that were trained on ImageNet in PyTorch."""


class FrozenNetwork(nn.Module):
    """RGB images `(N, 3, size, size)` uint8 in 0..255 to features `(N, D)` float32.

    Args:
        network: takes normalised images, and gives `(N, D)`.
        size: pixels of a side.
        normalisation: what the network was trained with.
        named: the network and its weights, for `identity`.

    Raises:
        GanlabError: the network does not take images of this size, or gives something else.
    """

    mean_C: Tensor
    deviation_C: Tensor

    def __init__(self, network: nn.Module, *, size: int, normalisation: Normalisation, named: str) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # faster on CPUs
        self.register_buffer("mean_C", torch.tensor(normalisation.mean))
        self.register_buffer("deviation_C", torch.tensor(normalisation.deviation))
        self.size = size
        self.identity = f"{named}, {size} pixels, normalised by {normalisation}"
        self.width = self._find_width()

    @torch.no_grad()
    def forward(self, images_NCHW: Tensor) -> Tensor:
        """The features."""
        unit_NCHW = (images_NCHW.float() - self.mean_C.view(1, 3, 1, 1)) / self.deviation_C.view(1, 3, 1, 1)
        features_ND: Tensor = self.network(unit_NCHW.contiguous(memory_format=torch.channels_last))
        return features_ND

    def _find_width(self) -> int:
        """How many numbers it gives an image: asked once, since no two libraries say it alike."""
        try:
            features_ND = self(torch.zeros(1, 3, self.size, self.size, dtype=torch.uint8))
        except (RuntimeError, ValueError, AssertionError) as error:
            reason = str(error).partition("\n")[0]
            raise GanlabError(
                f"{self.identity}: it takes no images of this size ({reason}); set another `size`"
            ) from error
        if not isinstance(features_ND, Tensor) or features_ND.dim() != 2:
            raise GanlabError(f"{self.identity}: it gives no row of numbers an image; use another network")
        return features_ND.shape[1]
