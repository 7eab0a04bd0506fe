"""`FeatureNetwork`: a frozen network that says in numbers what an image shows; made elsewhere, and not trained here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import torch
from pydantic import Field
from torch import Tensor

_WIDEST = 1 << 20  # of what a stranger's run may say, from which networks are built


class FeatureNetwork(Protocol):
    """A network in eval mode, nothing of which learns.

    Attributes:
        size: pixels of a side of the square images that it takes.
        width: D, how many numbers it gives an image.
        identity: its name, the SHA-256 of its weights, and all else that decides what it computes: features of one
            identity are the same for the same image, and kept under it.
    """

    size: int
    width: int
    identity: str

    def to(self, device: torch.device) -> Any:
        """The same network on a device."""

    def __call__(self, images_NCHW: Tensor) -> Tensor:
        """RGB images `(N, 3, size, size)` uint8 in 0..255 to their features `(N, D)` float32, without a gradient."""


@dataclass(frozen=True)
class FeatureFacts:
    """What a run knows of its feature network, so that it loads without it: `identity` and `width`."""

    identity: str
    width: Annotated[int, Field(gt=0, le=_WIDEST)]


def feature_facts(network: FeatureNetwork | None) -> FeatureFacts | None:
    """The facts of a network; None of none."""
    return None if network is None else FeatureFacts(identity=network.identity, width=network.width)
