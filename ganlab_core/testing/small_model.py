"""A small model in training, for parts that can only be seen at work in one: built as a session builds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core.interface.component import Component
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.features import FeatureFacts
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.model import Model, WeightedLoss
from ganlab_core.interface.specs import LossSpec
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.build import build_model
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.training.batches import Batches
from ganlab_core.training.players import build_players
from ganlab_core.training.step import TrainState

STEPS = 2
_CPU = torch.device("cpu")
_SMALL: dict[str, Any] = {
    "prior": {"noise": {"use": "normal", "dim": 4}, "code": {"use": "categorical", "classes": 3}},
    "networks": {
        "generator": {"use": "dcgan", "width": 4},
        "trunk": {"use": "dcgan", "width": 4},
        "discriminator": {"use": "linear"},
        "recognition": {"use": "recognition", "hidden": 8},
    },
    "losses": {"adversarial": {"use": "nonsaturating"}},
    "batch_size": 8,
    "steps": STEPS,
    "device": "cpu",
    "evaluation": {"samples_per_code": 4},
}


def small_data(channels: int = 1, *, labelled: bool = True) -> ImageData:
    """48 pictures of 16 x 16, of three classes of unequal size that differ in brightness."""
    labels_N = torch.tensor([0] * 24 + [1] * 16 + [2] * 8)
    random = torch.Generator().manual_seed(0)
    noise_NCHW = torch.randint(0, 120, (48, channels, 16, 16), generator=random)
    images_NCHW = (noise_NCHW + 60 * labels_N.view(-1, 1, 1, 1)).to(torch.uint8)
    return ImageData(
        "small", images_NCHW, labels_N if labelled else None, ("dark", "grey", "light") if labelled else ()
    )


def small_features(data: ImageData) -> Tensor:
    """What a frozen network might say of the pictures: the means of their quarters, `(N, 4 * C)`."""
    return F.adaptive_avg_pool2d(data.images_NCHW / 127.5 - 1.0, 2).flatten(1)


@dataclass(frozen=True)
class SmallModel:
    """The recipe of a small model, and what it is built of."""

    recipe: Recipe
    plugins: Plugins

    @classmethod
    def of(cls, component: Component, recipe: Mapping[str, Any] | Path | None, plugins: Plugins | None) -> SmallModel:
        """The small recipe, below a component's companion, below what a test asks for."""
        plugins = plugins or load_plugins()
        return cls(load_recipe(_SMALL, component.companion, recipe or {}, plugins=plugins), plugins)

    def without_codes(self) -> SmallModel:
        """The same with noise alone, and so without a recognition head."""
        alone = {"noise": self.recipe.prior["noise"]}
        networks = self.recipe.networks.model_copy(update={"recognition": None, "recognition_trunk": None})
        return replace(self, recipe=self.recipe.model_copy(update={"prior": alone, "networks": networks}))

    def model(self, data: ImageData) -> Model:
        """A model for this data, the same at each call; its recognition head may read `small_features`."""
        features = FeatureFacts(identity="small", width=small_features(data).shape[1])
        return build_model(self.recipe, facts_of(data, features=features), self.plugins, device=_CPU)

    def spec(self, model: Model, data: ImageData) -> LossSpec:
        """What a loss of such a model may know."""
        steps = self.recipe.total_steps
        return LossSpec(data.image_shape, codes=model.prior.codes, dataset_size=len(data), steps=steps)

    def state(self, model: Model, data: ImageData, losses: Mapping[str, WeightedLoss], *, bf16: bool) -> TrainState:
        """The model in training with these losses alone."""
        recipe = self.recipe.model_copy(update={"precision": "bf16" if bf16 else "fp32"})
        model = replace(model, losses=losses)
        batches = Batches(data, batch_size=recipe.batch_size, seed=recipe.seed, device=_CPU)
        batches.features_ND = small_features(data)
        players = build_players(recipe, model)
        return TrainState(recipe=recipe, model=model, players=players, batches=batches, device=_CPU)
