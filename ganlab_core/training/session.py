"""`Session`: a run in this process, everything that its steps and what follows them work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from rich.console import Console

from ganlab_core.evaluation.collapse import CollapseDetector
from ganlab_core.evaluation.evaluator import Evaluator
from ganlab_core.evaluation.judge.files import weights_hash
from ganlab_core.interface.data_facts import DataFacts, facts_of
from ganlab_core.interface.image_data import ImageData
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_evaluator, build_model
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.fit import require_fit
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.process_group import ALONE, ProcessGroup
from ganlab_core.training.batches import Batches
from ganlab_core.training.frozen import frozen_features
from ganlab_core.training.nonfinite import Skips
from ganlab_core.training.players import build_players
from ganlab_core.training.step import TrainState


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a run has around it, whichever recipe it trains.

    Attributes:
        console: where progress goes; nowhere if None.
        observers: objects with lifecycle hooks that are told of this run alone.
        process: the settings of the process that it is trained in.
    """

    plugins: Plugins
    device: torch.device
    group: ProcessGroup = ALONE
    console: Console | None = None
    observers: Sequence[object] = ()
    process: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A recipe's data, model, players and metrics, and the step (from 0) that is to be taken first."""

    folder: RunFolder
    recipe: Recipe
    around: Surroundings
    data: ImageData
    facts: DataFacts
    evaluator: Evaluator
    collapse: CollapseDetector
    state: TrainState
    skips: Skips
    first_step: int = 0

    @property
    def group(self) -> ProcessGroup:
        """The processes that train together."""
        return self.around.group


def build_session(
    folder: RunFolder, recipe: Recipe, around: Surroundings, *, may_download: bool = False, most: int | None = None
) -> Session:
    """Build what a recipe names; nothing is written but a data set that is downloaded, and no step taken.

    Args:
        may_download: as `build_data` takes it.
        most: bytes of the weights that its model is to hold, where there are such already.

    Raises:
        GanlabError: the parts do not fit one another, the data or the device.
    """
    plugins, device, group = around.plugins, around.device, around.group
    require_fit(recipe, plugins)
    data = build_data(recipe.dataset, plugins, may_download=may_download)
    recipe = in_steps(recipe, dataset_size=len(data), plugins=plugins)
    frozen = frozen_features(recipe, data, plugins, device=device, group=group, console=around.console)
    judge = weights_hash(recipe.judge.weights)
    facts = facts_of(data, features=frozen.facts, features_ND=frozen.features_ND, judge=judge)
    evaluator = build_evaluator(recipe, data, plugins, device=device, obtain_features=lambda: frozen.features_ND)
    model = build_model(recipe, facts, plugins, device=device, most=most)
    batches = Batches(data, batch_size=recipe.batch_size, seed=recipe.seed, device=device, group=group)
    batches.features_ND = frozen.features_ND
    state = TrainState(
        recipe=recipe,
        model=model,
        players=build_players(recipe, model),
        batches=batches,
        device=device,
        group=group,
    )
    return Session(
        folder=folder,
        recipe=recipe,
        around=around,
        data=data,
        facts=facts,
        evaluator=evaluator,
        collapse=CollapseDetector(data, steps=recipe.total_steps, seed=recipe.seed),
        state=state,
        skips=Skips(model, allowed=recipe.on_nonfinite == "skip"),
    )
