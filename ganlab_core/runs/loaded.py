"""`load_run`: a trained model from its run folder, and nothing else; only an evaluation reads the data again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlab_core.evaluation.judge.files import weights_hash
from ganlab_core.features.obtain import FeatureReader
from ganlab_core.image_files.fit import Manner, manner_of
from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureNetwork, feature_facts
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.model import Model
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.sampling import generate
from ganlab_core.interface.shell import shell_command
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.build import build_data, build_evaluator, build_features, build_model
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import Checkpoint, load_weights, read_newest, weights_size
from ganlab_core.runs.data_facts import (
    read_facts,
    require_same_data,
    require_same_features,
    require_same_judge,
    require_same_size,
)
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.frozen_recipe import relocated
from ganlab_core.system.device import choose_device
from ganlab_core.system.memory import require_memory
from ganlab_core.traversal.codes import traverse

_DRAWING = 16  # bytes a pixel, at the least: the picture in float32, and the generator's last maps


class LoadedRun:
    """A run as its newest whole checkpoint has it.

    Attributes:
        path: the run folder.
        number: the steps that the checkpoint had taken.
        recipe: what it was trained from.
        facts: what it knows of its data.
        model: networks, prior, losses and the generator's moving average.
    """

    def __init__(
        self, *, path: Path, number: int, recipe: Recipe, facts: DataFacts, model: Model, plugins: Plugins
    ) -> None:
        self.path = path
        self.number = number
        self.recipe = recipe
        self.facts = facts
        self.model = model
        self._plugins = plugins

    @property
    def files(self) -> RunFolder:
        """Where each file of the run lies, such as `files.assignments`."""
        return RunFolder(self.path)

    @property
    def generator(self) -> nn.Module:
        """The generator's moving average in eval mode: `(N, prior.width)` to images `(N, C, H, W)` in [-1, 1]."""
        return self.model.average

    @property
    def prior(self) -> Prior:
        """The learned prior."""
        return self.model.prior

    @property
    def device(self) -> torch.device:
        """Where the model lies."""
        return next(self.generator.parameters()).device

    @property
    def manner(self) -> Manner:
        """How the run's data set reads its files, and others are read for the run."""
        return manner_of(self.recipe.dataset.arguments, self.facts.tones)

    @property
    def reads_features(self) -> bool:
        """Whether the run can give real images their codes by a frozen network's features of them."""
        return self.recipe.features is not None and self.model.networks.reads_features

    @cached_property
    def feature_network(self) -> FeatureNetwork:
        """The frozen network that the run was trained with, built when it is first asked for.

        Raises:
            GanlabError: the run has none, the plugin that gives it is not here, or its weights are others by now.
        """
        network = build_features(self.recipe, self._plugins, device=self.device)
        if network is None:
            raise GanlabError(f"{self.path}: its recipe has no features")
        require_same_features(feature_facts(network), self.facts.features, self.path)
        return network

    def features_of(self, data: ImageData) -> Tensor:
        """What the feature network says of a collection, `(N, D)` float32 on the CPU, through the cache.

        Raises:
            GanlabError: as `feature_network`, or a file of the collection cannot be read any more.
        """
        return self.feature_reader(replace(self.manner, tones=data.tones or self.manner.tones)).collection(data)

    def feature_reader(self, manner: Manner | None = None) -> FeatureReader:
        """What gives images the features that the run reads, from the cache where it has them.

        Args:
            manner: how files are read; as the run's own if left out.

        Raises:
            GanlabError: as `feature_network`.
        """
        return FeatureReader(self.feature_network, manner=manner or self.manner, device=self.device)

    def require_memory(self, count: int) -> None:
        """Check that so many images fit into this machine's memory, with what the generator takes to draw them.

        Raises:
            GanlabError: they do not.
        """
        size = _DRAWING * count * math.prod(self.facts.image_shape)
        way_out = "draw fewer at a time, each time with another seed"
        require_memory(size, what=f"{count:,} images at once", way_out=way_out)

    def sample(self, count: int, *, code: int | None = None, seed: int = 0) -> Tensor:
        """`count` images `(count, C, H, W)` in [-1, 1], all of one category of the class code if `code` is given.

        Raises:
            GanlabError: the prior has no class code, the code has no such category, or there is no memory for so many.
        """
        self.require_memory(count)
        values = {} if code is None else {self._class_code(): float(code)}
        return generate(self.generator, self.prior, count, values=values, seed=seed, device=self.device)

    def traverse(
        self, name: str, *, code: int | None = None, ends: tuple[float, float] | None = None, seed: int = 0
    ) -> Tensor:
        """Images `(rows, columns, C, H, W)` in [-1, 1] in which one code varies along the columns.

        A row for each category of the class code, the noise the same everywhere; with `code`, or without a class code,
        ten rows, each with noise of its own. A continuous code has as many columns as the recipe's grids, a categorical
        one a column for each category.

        Args:
            name: a code beside the class code, such as `style`; `style.0` for one of several numbers.
            code: the class code's category in all rows.
            ends: first and last number of a continuous code, twice the range that it was trained on if left out.
            seed: the same seed draws the same noise.

        Raises:
            GanlabError: there is no such code or category, or `ends` are no range.
        """
        return traverse(
            self.generator,
            self.prior,
            name=name,
            columns=self.recipe.samples.columns,
            seed=seed,
            device=self.device,
            category=code,
            ends=ends,
        )

    def evaluate(self, *, samples_per_code: int | None = None, by_features: bool | None = None) -> dict[str, Any]:
        """The recipe's metrics by key.

        Args:
            samples_per_code: generated images for each category; the recipe's number if left out.
            by_features: whether real images get their codes by a frozen network's features; if left out, where the run
                has such.

        Raises:
            GanlabError: the data set cannot be read, or is no longer the one that the run was trained on, or as
                `feature_network`.
        """
        by_features = self.reads_features if by_features is None else by_features
        data = build_data(self.recipe.dataset, self._plugins)
        require_same_data(data, self.facts, self.path)
        require_same_judge(weights_hash(self.recipe.judge.weights), self.facts, self.path)
        evaluator = build_evaluator(
            self.recipe,
            data,
            self._plugins,
            device=self.device,
            obtain_features=lambda: self.features_of(data) if by_features else None,
        )
        return evaluator(self.model, samples_per_code=samples_per_code)

    def _class_code(self) -> str:
        name = self.prior.class_code
        if name is None:
            raise GanlabError(f"{self.path}: its prior has no categorical code, so no code can be chosen")
        return name


def load_run(
    path: str | Path,
    *,
    device: str | None = None,
    overrides: Sequence[str] = (),
    plugins: Plugins | None = None,
) -> LoadedRun:
    """Load a run from its folder, onto `device` or the one its recipe names.

    Args:
        overrides: where its files lie by now, as `--set` takes it: `dataset.root=FOLDER`.

    Raises:
        GanlabError: there is no run or no whole checkpoint, a plugin that it needs is missing, or an override says
            something else than where files lie.
    """
    folder = RunFolder(Path(path))
    plugins = plugins or load_plugins()
    recipe = relocated(folder, overrides, plugins=plugins)
    facts = read_facts(folder.data)
    require_same_size(recipe, facts, folder.path, plugins=plugins)
    placed = choose_device(device or recipe.device)

    def load(checkpoint: Checkpoint) -> tuple[int, Model]:
        model = build_model(recipe, facts, plugins, device=placed, most=weights_size(checkpoint))
        load_weights(checkpoint, model)
        return checkpoint.number, model

    loaded = read_newest(folder.checkpoints, load)
    if loaded is None:
        way_on = shell_command("ganlab", "train", "--resume", folder.path)
        raise GanlabError(f"{path} has no checkpoint yet; go on with it: `{way_on}`")
    number, model = loaded
    model.networks.eval()
    return LoadedRun(path=folder.path, number=number, recipe=recipe, facts=facts, model=model, plugins=plugins)
