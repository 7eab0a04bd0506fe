"""The entry point: three feature networks. torch, torchvision and timm are imported when one is built, not before."""

from __future__ import annotations

from collections.abc import Iterable

from ganlab_core import Component, hookimpl

ganlab_api = "1.2"


@hookimpl
def ganlab_features() -> Iterable[Component]:
    """EfficientNet-Lite0 as it is, and any backbone whose weights the user gives."""
    from ganlab_features.backbones import timm_backbone, torchvision_backbone
    from ganlab_features.efficientnet import efficientnet_lite0

    yield Component(name="efficientnet-lite0", factory=efficientnet_lite0)
    yield Component(name="torchvision", factory=torchvision_backbone)
    yield Component(name="timm", factory=timm_backbone)
