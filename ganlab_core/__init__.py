"""ganlab: train generative adversarial networks from parts. This is the public Python API.

Names are imported when first used, so that `import ganlab_core` (and `ganlab --help`) needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ganlab_core.component import Component, GanlabError
from ganlab_core.version import __version__

if TYPE_CHECKING:
    from ganlab_core.datasets.image_data import ImageData
    from ganlab_core.hookspecs import hookimpl
    from ganlab_core.latent import Draw, LatentSample, Recognition
    from ganlab_core.train.context import StepContext

_LAZY = {
    "Draw": "ganlab_core.latent",
    "ImageData": "ganlab_core.datasets.image_data",
    "LatentSample": "ganlab_core.latent",
    "Recognition": "ganlab_core.latent",
    "StepContext": "ganlab_core.train.context",
    "hookimpl": "ganlab_core.hookspecs",
}

__all__ = [
    "Component",
    "Draw",
    "GanlabError",
    "ImageData",
    "LatentSample",
    "Recognition",
    "StepContext",
    "__version__",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
