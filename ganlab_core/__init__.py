"""ganlab: train generative adversarial networks from parts. This is the public Python API.

Names are imported when first used, so that `import ganlab_core` (and `ganlab --help`) needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ganlab_core.interface.component import (
    Component,
    DiscriminatorSpec,
    GeneratorSpec,
    LossSpec,
    PriorSpec,
    RecognitionSpec,
    TrunkSpec,
)
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.version import __version__

if TYPE_CHECKING:
    from ganlab_core.image_files.read import image_paths, read_images
    from ganlab_core.interface.evaluation import Evaluation
    from ganlab_core.interface.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
    from ganlab_core.interface.hookspecs import hookimpl
    from ganlab_core.interface.image_data import ImageData, to_uint8, to_unit_range
    from ganlab_core.interface.judge import Judge
    from ganlab_core.interface.latent import (
        CategoricalFactor,
        ContinuousFactor,
        Draw,
        Factor,
        Held,
        LatentSample,
        Recognition,
    )
    from ganlab_core.interface.randomness import derived_generator, derived_seed
    from ganlab_core.interface.sampling import generate
    from ganlab_core.interface.share import PositiveStep, Step
    from ganlab_core.interface.step import Source, StepContext, View
    from ganlab_core.plugins import Plugins, load_plugins
    from ganlab_core.recipe import load_recipe
    from ganlab_core.recipe.settings import Recipe
    from ganlab_core.runs.loaded import LoadedRun, load_run
    from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
    from ganlab_core.stock.losses.hinge import Hinge
    from ganlab_core.stock.losses.nonsaturating import NonSaturating
    from ganlab_core.system.device import choose_device
    from ganlab_core.training.run import resume, train
    from ganlab_core.training.session import RunResult
    from ganlab_core.verbs.assign.codes import Assigned, assign
    from ganlab_core.verbs.export.write import Export, export_run

_LAZY = {
    "Assigned": "ganlab_core.verbs.assign.codes",
    "CategoricalFactor": "ganlab_core.interface.latent",
    "CheckpointSaved": "ganlab_core.interface.events",
    "ContinuousFactor": "ganlab_core.interface.latent",
    "Draw": "ganlab_core.interface.latent",
    "Evaluation": "ganlab_core.interface.evaluation",
    "Export": "ganlab_core.verbs.export.write",
    "Factor": "ganlab_core.interface.latent",
    "Held": "ganlab_core.interface.latent",
    "Hinge": "ganlab_core.stock.losses.hinge",
    "ImageData": "ganlab_core.interface.image_data",
    "Imbalance": "ganlab_core.stock.datasets.imbalance",
    "Judge": "ganlab_core.evaluation.judge.obtain",
    "LatentSample": "ganlab_core.interface.latent",
    "LoadedRun": "ganlab_core.runs.loaded",
    "NonSaturating": "ganlab_core.stock.losses.nonsaturating",
    "Plugins": "ganlab_core.plugins",
    "PositiveStep": "ganlab_core.interface.share",
    "Recipe": "ganlab_core.recipe.settings",
    "Recognition": "ganlab_core.interface.latent",
    "RunFinished": "ganlab_core.interface.events",
    "RunResult": "ganlab_core.training.session",
    "RunStarted": "ganlab_core.interface.events",
    "Source": "ganlab_core.interface.step",
    "Step": "ganlab_core.interface.share",
    "StepContext": "ganlab_core.interface.step",
    "StepFinished": "ganlab_core.interface.events",
    "View": "ganlab_core.interface.step",
    "assign": "ganlab_core.verbs.assign.codes",
    "choose_device": "ganlab_core.system.device",
    "derived_generator": "ganlab_core.interface.randomness",
    "derived_seed": "ganlab_core.interface.randomness",
    "draw_imbalanced": "ganlab_core.stock.datasets.imbalance",
    "export_run": "ganlab_core.verbs.export.write",
    "generate": "ganlab_core.traversal.grid",
    "hookimpl": "ganlab_core.interface.hookspecs",
    "image_paths": "ganlab_core.image_files.read",
    "load_plugins": "ganlab_core.plugins",
    "load_recipe": "ganlab_core.recipe",
    "load_run": "ganlab_core.runs.loaded",
    "read_images": "ganlab_core.image_files.read",
    "resume": "ganlab_core.training.run",
    "to_uint8": "ganlab_core.interface.image_data",
    "to_unit_range": "ganlab_core.interface.image_data",
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
    "PositiveStep",
    "PriorSpec",
    "Recipe",
    "Recognition",
    "RecognitionSpec",
    "RunFinished",
    "RunResult",
    "RunStarted",
    "Source",
    "Step",
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
