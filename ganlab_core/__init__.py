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
    from ganlab_core.loaded_run import LoadedRun, load_run
    from ganlab_core.plugins import load_plugins
    from ganlab_core.recipe import load_recipe
    from ganlab_core.recipe.settings import Recipe
    from ganlab_core.training.context import StepContext
    from ganlab_core.training.run import RunResult, resume, train

_LAZY = {
    "Draw": "ganlab_core.latent",
    "ImageData": "ganlab_core.datasets.image_data",
    "LatentSample": "ganlab_core.latent",
    "Recognition": "ganlab_core.latent",
    "StepContext": "ganlab_core.training.context",
    "LoadedRun": "ganlab_core.loaded_run",
    "Recipe": "ganlab_core.recipe.settings",
    "RunResult": "ganlab_core.training.session",
    "hookimpl": "ganlab_core.hookspecs",
    "load_plugins": "ganlab_core.plugins",
    "load_recipe": "ganlab_core.recipe",
    "load_run": "ganlab_core.loaded_run",
    "resume": "ganlab_core.training.run",
    "train": "ganlab_core.training.run",
}

__all__ = [
    "Component",
    "Draw",
    "GanlabError",
    "ImageData",
    "LatentSample",
    "LoadedRun",
    "Recipe",
    "Recognition",
    "RunResult",
    "StepContext",
    "__version__",
    "hookimpl",
    "load_plugins",
    "load_recipe",
    "load_run",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
