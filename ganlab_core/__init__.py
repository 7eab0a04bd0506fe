"""ganlab: train generative adversarial networks from parts. This is the public Python API.

Names are imported when first used, so that `import ganlab_core` (and `ganlab --help`) needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.version import __version__

if TYPE_CHECKING:
    from ganlab_core.evaluation.contingency import (
        ContingencyTable,
        contingency_table,
        match_codes,
        matched_accuracy,
        purity,
    )
    from ganlab_core.evaluation.entropy import entropy, perplexity
    from ganlab_core.image_files.batches import picture_batches
    from ganlab_core.image_files.facts import PictureFacts
    from ganlab_core.image_files.fit import Fit
    from ganlab_core.image_files.folders import require_image_folder
    from ganlab_core.image_files.pictures import PictureBatch, UnreadableFile, read_pictures
    from ganlab_core.image_files.read import image_paths, read_images
    from ganlab_core.image_files.survey import FolderSurvey, survey_pictures, tones_of_files
    from ganlab_core.image_files.walk import walk_images
    from ganlab_core.image_files.write import save_images
    from ganlab_core.interface.check import Check, Finding
    from ganlab_core.interface.data_facts import DataFacts
    from ganlab_core.interface.evaluation import Evaluation
    from ganlab_core.interface.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
    from ganlab_core.interface.features import FeatureNetwork
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
    from ganlab_core.interface.location import Location
    from ganlab_core.interface.loss import GeneratorLoss
    from ganlab_core.interface.networks import held
    from ganlab_core.interface.printable import printable
    from ganlab_core.interface.prior import Prior
    from ganlab_core.interface.proportions import Proportions
    from ganlab_core.interface.randomness import derived_generator, derived_seed
    from ganlab_core.interface.sampling import generate
    from ganlab_core.interface.share import PositiveStep, Step
    from ganlab_core.interface.shell import shell_command
    from ganlab_core.interface.specs import (
        DiscriminatorSpec,
        GeneratorSpec,
        LossSpec,
        PriorSpec,
        RecognitionSpec,
        TrunkSpec,
    )
    from ganlab_core.interface.step import Source, StepContext, View
    from ganlab_core.interface.user_path import user_path
    from ganlab_core.interface.verb import Verb
    from ganlab_core.plugins import Plugins, load_plugins
    from ganlab_core.recipe.fit import require_fit
    from ganlab_core.recipe.load import load_recipe
    from ganlab_core.recipe.settings import Recipe
    from ganlab_core.runs.folder import RunFolder, given_back, new_run_folder
    from ganlab_core.runs.found import Found, read_found, write_found
    from ganlab_core.runs.frozen_recipe import load_run_recipe
    from ganlab_core.runs.loaded import LoadedRun, load_run
    from ganlab_core.runs.records import read_record, read_record_if_any, write_record
    from ganlab_core.runs.relocate import relocate
    from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
    from ganlab_core.stock.losses.hinge import Hinge
    from ganlab_core.stock.losses.least_squares import LeastSquares
    from ganlab_core.stock.losses.nonsaturating import NonSaturating
    from ganlab_core.stock.losses.wasserstein import Wasserstein
    from ganlab_core.stock.priors.categories import categorical_nll, fixed_category
    from ganlab_core.system.device import choose_device
    from ganlab_core.system.signals import Interrupted, raised_stops
    from ganlab_core.system.torch_file import read_torch_file
    from ganlab_core.training.loop import RunResult
    from ganlab_core.training.run import resume, train
    from ganlab_core.verbs.assign.codes import Assigned, assign
    from ganlab_core.verbs.assign.reading import assign_features
    from ganlab_core.verbs.assign.shown import print_assignments
    from ganlab_core.verbs.assign.stream import AssignmentSummary, assign_folder
    from ganlab_core.verbs.command_line.console import plain_console
    from ganlab_core.verbs.command_line.numbers import FiniteRange
    from ganlab_core.verbs.command_line.options import json_option
    from ganlab_core.verbs.command_line.say import say, say_json
    from ganlab_core.verbs.doctor.examined import Examined
    from ganlab_core.verbs.export.write import Export, export_run
    from ganlab_core.verbs.report.write import write_report

_LAZY = {
    "Assigned": "ganlab_core.verbs.assign.codes",
    "AssignmentSummary": "ganlab_core.verbs.assign.stream",
    "CategoricalFactor": "ganlab_core.interface.latent",
    "Check": "ganlab_core.interface.check",
    "CheckpointSaved": "ganlab_core.interface.events",
    "ContingencyTable": "ganlab_core.evaluation.contingency",
    "ContinuousFactor": "ganlab_core.interface.latent",
    "DataFacts": "ganlab_core.interface.data_facts",
    "DiscriminatorSpec": "ganlab_core.interface.specs",
    "Draw": "ganlab_core.interface.latent",
    "Evaluation": "ganlab_core.interface.evaluation",
    "Examined": "ganlab_core.verbs.doctor.examined",
    "Export": "ganlab_core.verbs.export.write",
    "Factor": "ganlab_core.interface.latent",
    "FeatureNetwork": "ganlab_core.interface.features",
    "Finding": "ganlab_core.interface.check",
    "FiniteRange": "ganlab_core.verbs.command_line.numbers",
    "Fit": "ganlab_core.image_files.fit",
    "FolderSurvey": "ganlab_core.image_files.survey",
    "Found": "ganlab_core.runs.found",
    "GeneratorLoss": "ganlab_core.interface.loss",
    "GeneratorSpec": "ganlab_core.interface.specs",
    "Held": "ganlab_core.interface.latent",
    "Hinge": "ganlab_core.stock.losses.hinge",
    "ImageData": "ganlab_core.interface.image_data",
    "Imbalance": "ganlab_core.stock.datasets.imbalance",
    "Interrupted": "ganlab_core.system.signals",
    "Judge": "ganlab_core.interface.judge",
    "LatentSample": "ganlab_core.interface.latent",
    "LeastSquares": "ganlab_core.stock.losses.least_squares",
    "LoadedRun": "ganlab_core.runs.loaded",
    "Location": "ganlab_core.interface.location",
    "LossSpec": "ganlab_core.interface.specs",
    "NonSaturating": "ganlab_core.stock.losses.nonsaturating",
    "PictureBatch": "ganlab_core.image_files.pictures",
    "PictureFacts": "ganlab_core.image_files.facts",
    "Plugins": "ganlab_core.plugins",
    "PositiveStep": "ganlab_core.interface.share",
    "Prior": "ganlab_core.interface.prior",
    "PriorSpec": "ganlab_core.interface.specs",
    "Proportions": "ganlab_core.interface.proportions",
    "Recipe": "ganlab_core.recipe.settings",
    "Recognition": "ganlab_core.interface.latent",
    "RecognitionSpec": "ganlab_core.interface.specs",
    "RunFinished": "ganlab_core.interface.events",
    "RunFolder": "ganlab_core.runs.folder",
    "RunResult": "ganlab_core.training.loop",
    "RunStarted": "ganlab_core.interface.events",
    "Source": "ganlab_core.interface.step",
    "Step": "ganlab_core.interface.share",
    "StepContext": "ganlab_core.interface.step",
    "StepFinished": "ganlab_core.interface.events",
    "TrunkSpec": "ganlab_core.interface.specs",
    "UnreadableFile": "ganlab_core.image_files.pictures",
    "Verb": "ganlab_core.interface.verb",
    "View": "ganlab_core.interface.step",
    "Wasserstein": "ganlab_core.stock.losses.wasserstein",
    "assign": "ganlab_core.verbs.assign.codes",
    "assign_features": "ganlab_core.verbs.assign.reading",
    "assign_folder": "ganlab_core.verbs.assign.stream",
    "categorical_nll": "ganlab_core.stock.priors.categories",
    "choose_device": "ganlab_core.system.device",
    "contingency_table": "ganlab_core.evaluation.contingency",
    "derived_generator": "ganlab_core.interface.randomness",
    "derived_seed": "ganlab_core.interface.randomness",
    "draw_imbalanced": "ganlab_core.stock.datasets.imbalance",
    "entropy": "ganlab_core.evaluation.entropy",
    "export_run": "ganlab_core.verbs.export.write",
    "fixed_category": "ganlab_core.stock.priors.categories",
    "generate": "ganlab_core.interface.sampling",
    "given_back": "ganlab_core.runs.folder",
    "held": "ganlab_core.interface.networks",
    "hookimpl": "ganlab_core.interface.hookspecs",
    "image_paths": "ganlab_core.image_files.read",
    "json_option": "ganlab_core.verbs.command_line.options",
    "load_plugins": "ganlab_core.plugins",
    "load_recipe": "ganlab_core.recipe.load",
    "load_run": "ganlab_core.runs.loaded",
    "load_run_recipe": "ganlab_core.runs.frozen_recipe",
    "match_codes": "ganlab_core.evaluation.contingency",
    "matched_accuracy": "ganlab_core.evaluation.contingency",
    "new_run_folder": "ganlab_core.runs.folder",
    "perplexity": "ganlab_core.evaluation.entropy",
    "picture_batches": "ganlab_core.image_files.batches",
    "plain_console": "ganlab_core.verbs.command_line.console",
    "print_assignments": "ganlab_core.verbs.assign.shown",
    "printable": "ganlab_core.interface.printable",
    "purity": "ganlab_core.evaluation.contingency",
    "raised_stops": "ganlab_core.system.signals",
    "read_found": "ganlab_core.runs.found",
    "read_images": "ganlab_core.image_files.read",
    "read_pictures": "ganlab_core.image_files.pictures",
    "read_record": "ganlab_core.runs.records",
    "read_record_if_any": "ganlab_core.runs.records",
    "read_torch_file": "ganlab_core.system.torch_file",
    "relocate": "ganlab_core.runs.relocate",
    "renamed_into_place": "ganlab_core.system.atomic",
    "require_fit": "ganlab_core.recipe.fit",
    "require_image_folder": "ganlab_core.image_files.folders",
    "resume": "ganlab_core.training.run",
    "save_images": "ganlab_core.image_files.write",
    "say": "ganlab_core.verbs.command_line.say",
    "say_json": "ganlab_core.verbs.command_line.say",
    "shell_command": "ganlab_core.interface.shell",
    "survey_pictures": "ganlab_core.image_files.survey",
    "to_uint8": "ganlab_core.interface.image_data",
    "to_unit_range": "ganlab_core.interface.image_data",
    "tones_of_files": "ganlab_core.image_files.survey",
    "train": "ganlab_core.training.run",
    "walk_images": "ganlab_core.image_files.walk",
    "user_path": "ganlab_core.interface.user_path",
    "write_found": "ganlab_core.runs.found",
    "write_record": "ganlab_core.runs.records",
    "write_report": "ganlab_core.verbs.report.write",
}

__all__ = [
    "Assigned",
    "AssignmentSummary",
    "CategoricalFactor",
    "Check",
    "CheckpointSaved",
    "Component",
    "ContingencyTable",
    "ContinuousFactor",
    "DataFacts",
    "DiscriminatorSpec",
    "Draw",
    "Evaluation",
    "Examined",
    "Export",
    "Factor",
    "FeatureNetwork",
    "Finding",
    "FiniteRange",
    "Fit",
    "FolderSurvey",
    "Found",
    "GanlabError",
    "GeneratorLoss",
    "GeneratorSpec",
    "Held",
    "Hinge",
    "ImageData",
    "Imbalance",
    "Interrupted",
    "Judge",
    "LatentSample",
    "LeastSquares",
    "LoadedRun",
    "Location",
    "LossSpec",
    "NonSaturating",
    "PictureBatch",
    "PictureFacts",
    "Plugins",
    "PositiveStep",
    "Prior",
    "PriorSpec",
    "Proportions",
    "Recipe",
    "Recognition",
    "RecognitionSpec",
    "RunFinished",
    "RunFolder",
    "RunResult",
    "RunStarted",
    "Source",
    "Step",
    "StepContext",
    "StepFinished",
    "TrunkSpec",
    "UnreadableFile",
    "Verb",
    "View",
    "Wasserstein",
    "__version__",
    "assign",
    "assign_features",
    "assign_folder",
    "categorical_nll",
    "choose_device",
    "contingency_table",
    "derived_generator",
    "derived_seed",
    "draw_imbalanced",
    "entropy",
    "export_run",
    "fixed_category",
    "generate",
    "given_back",
    "held",
    "hookimpl",
    "image_paths",
    "json_option",
    "load_plugins",
    "load_recipe",
    "load_run",
    "load_run_recipe",
    "match_codes",
    "matched_accuracy",
    "new_run_folder",
    "perplexity",
    "picture_batches",
    "plain_console",
    "print_assignments",
    "printable",
    "purity",
    "raised_stops",
    "read_found",
    "read_images",
    "read_pictures",
    "read_record",
    "read_record_if_any",
    "read_torch_file",
    "relocate",
    "renamed_into_place",
    "require_fit",
    "require_image_folder",
    "resume",
    "save_images",
    "say",
    "say_json",
    "shell_command",
    "survey_pictures",
    "to_uint8",
    "to_unit_range",
    "tones_of_files",
    "train",
    "user_path",
    "walk_images",
    "write_found",
    "write_record",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
