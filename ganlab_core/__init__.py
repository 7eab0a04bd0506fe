"""ganlab: train generative adversarial networks from parts. This is the public Python API.

Names are imported when first used, so that `import ganlab_core` (and `ganlab --help`) needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ganlab_core.component import (
    Component,
    DiscriminatorSpec,
    GanlabError,
    GeneratorSpec,
    LossSpec,
    PriorSpec,
    RecognitionSpec,
    TrunkSpec,
)
from ganlab_core.version import __version__

if TYPE_CHECKING:
    from ganlab_core.assignment.codes import Assigned, assign
    from ganlab_core.datasets.image_data import ImageData, to_uint8, to_unit_range
    from ganlab_core.datasets.image_files import image_paths, read_images
    from ganlab_core.datasets.imbalance import Imbalance, draw_imbalanced
    from ganlab_core.evaluation import Evaluation
    from ganlab_core.export.write import Export, export_run
    from ganlab_core.hookspecs import hookimpl
    from ganlab_core.judge import Judge
    from ganlab_core.latent import CategoricalFactor, ContinuousFactor, Draw, Factor, Held, LatentSample, Recognition
    from ganlab_core.loaded_run import LoadedRun, load_run
    from ganlab_core.losses.hinge import Hinge
    from ganlab_core.losses.nonsaturating import NonSaturating
    from ganlab_core.plugins import Plugins, load_plugins
    from ganlab_core.randomness import derived_generator, derived_seed
    from ganlab_core.recipe import load_recipe
    from ganlab_core.recipe.settings import Recipe
    from ganlab_core.samples import generate
    from ganlab_core.training.context import Source, StepContext, View
    from ganlab_core.training.device import choose_device
    from ganlab_core.training.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
    from ganlab_core.training.run import resume, train
    from ganlab_core.training.session import RunResult

_LAZY = {
    "Assigned": "ganlab_core.assignment.codes",
    "CategoricalFactor": "ganlab_core.latent",
    "CheckpointSaved": "ganlab_core.training.events",
    "ContinuousFactor": "ganlab_core.latent",
    "Draw": "ganlab_core.latent",
    "Evaluation": "ganlab_core.evaluation",
    "Export": "ganlab_core.export.write",
    "Factor": "ganlab_core.latent",
    "Held": "ganlab_core.latent",
    "Hinge": "ganlab_core.losses.hinge",
    "ImageData": "ganlab_core.datasets.image_data",
    "Imbalance": "ganlab_core.datasets.imbalance",
    "Judge": "ganlab_core.judge",
    "LatentSample": "ganlab_core.latent",
    "LoadedRun": "ganlab_core.loaded_run",
    "NonSaturating": "ganlab_core.losses.nonsaturating",
    "Plugins": "ganlab_core.plugins",
    "Recipe": "ganlab_core.recipe.settings",
    "Recognition": "ganlab_core.latent",
    "RunFinished": "ganlab_core.training.events",
    "RunResult": "ganlab_core.training.session",
    "RunStarted": "ganlab_core.training.events",
    "Source": "ganlab_core.training.context",
    "StepContext": "ganlab_core.training.context",
    "StepFinished": "ganlab_core.training.events",
    "View": "ganlab_core.training.context",
    "assign": "ganlab_core.assignment.codes",
    "choose_device": "ganlab_core.training.device",
    "derived_generator": "ganlab_core.randomness",
    "derived_seed": "ganlab_core.randomness",
    "draw_imbalanced": "ganlab_core.datasets.imbalance",
    "export_run": "ganlab_core.export.write",
    "generate": "ganlab_core.samples",
    "hookimpl": "ganlab_core.hookspecs",
    "image_paths": "ganlab_core.datasets.image_files",
    "load_plugins": "ganlab_core.plugins",
    "load_recipe": "ganlab_core.recipe",
    "load_run": "ganlab_core.loaded_run",
    "read_images": "ganlab_core.datasets.image_files",
    "resume": "ganlab_core.training.run",
    "to_uint8": "ganlab_core.datasets.image_data",
    "to_unit_range": "ganlab_core.datasets.image_data",
    "train": "ganlab_core.training.run",
}

__all__ = [
    "Assigned",
    "CategoricalFactor",
    "CheckpointSaved",
    "Component",
    "ContinuousFactor",
    "DiscriminatorSpec",
    "Draw",
    "Evaluation",
    "Export",
    "Factor",
    "GanlabError",
    "GeneratorSpec",
    "Held",
    "Hinge",
    "ImageData",
    "Imbalance",
    "Judge",
    "LatentSample",
    "LoadedRun",
    "LossSpec",
    "NonSaturating",
    "Plugins",
    "PriorSpec",
    "Recipe",
    "Recognition",
    "RecognitionSpec",
    "RunFinished",
    "RunResult",
    "RunStarted",
    "Source",
    "StepContext",
    "StepFinished",
    "TrunkSpec",
    "View",
    "__version__",
    "assign",
    "choose_device",
    "derived_generator",
    "derived_seed",
    "draw_imbalanced",
    "export_run",
    "generate",
    "hookimpl",
    "image_paths",
    "load_plugins",
    "load_recipe",
    "load_run",
    "read_images",
    "resume",
    "to_uint8",
    "to_unit_range",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
