"""The entry point: a generator and a trunk, both named `resnet`. torch is imported when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ganlab_core import Component, hookimpl

ganlab_api = "1"

# The smallest size on offer, since the default digits are smaller, and a head that is bounded as the trunk is.
_COMPANION: dict[str, Any] = {
    "dataset": {"size": 32},
    "networks": {"discriminator": {"use": "linear", "spectral_norm": True}},
}


@hookimpl
def ganlab_networks() -> Iterable[Component]:
    """Residual blocks for images of 32, 64 and 128 pixels."""
    from ganlab_resnet.generator import ResNetGenerator
    from ganlab_resnet.trunk import ResNetTrunk

    yield Component(name="resnet", role="generator", factory=ResNetGenerator, companion=_COMPANION)
    yield Component(name="resnet", role="trunk", factory=ResNetTrunk, companion=_COMPANION)
