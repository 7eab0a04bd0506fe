"""What a recipe's frozen feature network says of the data, found once for all steps of a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from ganlab_core.features.embed import Watch
from ganlab_core.features.obtain import FeatureReader
from ganlab_core.image_files.fit import manner_of
from ganlab_core.interface.features import FeatureFacts, feature_facts
from ganlab_core.interface.image_data import ImageData
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_features
from ganlab_core.recipe.settings import Recipe
from ganlab_core.system.process_group import ProcessGroup


@dataclass(frozen=True)
class Frozen:
    """Features `(N, D)` float32 on the session's device, and what they are of; None of a recipe without any."""

    facts: FeatureFacts | None
    features_ND: Tensor | None


def frozen_features(
    recipe: Recipe,
    data: ImageData,
    plugins: Plugins,
    *,
    device: torch.device,
    group: ProcessGroup,
    console: Console | None,
) -> Frozen:
    """The features of the data: of several processes the first asks the network, or the cache, and tells the others.

    Raises:
        GanlabError: the network cannot be had, or what `embed_pictures` raises.
    """
    network = build_features(recipe, plugins, device=device)
    if network is None:
        return Frozen(None, None)
    features_ND = torch.empty(len(data), network.width, device=device)
    if group.is_main:
        with _bar(console, total=len(data)) as watch:
            manner = manner_of(recipe.dataset.arguments, data.tones)
            read = FeatureReader(network, manner=manner, device=device)
            features_ND.copy_(read.collection(data, watch=watch))
    group.share([features_ND])
    return Frozen(feature_facts(network), features_ND)


@contextmanager
def _bar(console: Console | None, *, total: int) -> Iterator[Watch]:
    """A bar on a terminal, seen from the first batch on: what is cached needs none."""
    columns = (TextColumn("looking at the images"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = console is not None and console.is_terminal
    with Progress(*columns, console=console, disable=not shown, transient=True) as progress:
        task = progress.add_task("", total=total, visible=False)
        yield lambda done: progress.update(task, completed=done, visible=True)
