"""`Model`: the networks, the prior and the losses of a recipe, built to fit one another and the data."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ganlab_core.component import (
    PLACES,
    DiscriminatorSpec,
    GanlabError,
    GeneratorSpec,
    LossSpec,
    PriorSpec,
    RecognitionSpec,
    TrunkSpec,
)
from ganlab_core.datasets.facts import DataFacts
from ganlab_core.datasets.image_data import ImageData
from ganlab_core.losses.protocol import Loss
from ganlab_core.networks.bundle import Networks
from ganlab_core.plugins import Plugins
from ganlab_core.priors.product import Prior
from ganlab_core.randomness import derived_seed
from ganlab_core.recipe.settings import Part, Recipe


@dataclass(frozen=True)
class WeightedLoss:
    """A loss, its weight in its player's sum, and the steps in which it counts: from `starts`, before `ends`."""

    loss: Loss
    weight: float = 1.0
    starts: int = 0
    ends: int | None = None

    def counts(self, number: int) -> bool:
        """Whether the loss takes part in step `number` (from 0)."""
        return self.starts <= number and (self.ends is None or number < self.ends)


@dataclass(frozen=True)
class Model:
    """Everything that learns, and the losses it learns from; `average` is the generator's moving average."""

    networks: Networks
    prior: Prior
    losses: Mapping[str, WeightedLoss]
    average: nn.Module

    def learners(self) -> dict[str, nn.Module]:
        """What a player may own, by the name that a recipe's `owns` uses."""
        modules: dict[str, nn.Module] = dict(self.networks.named_children())
        modules["prior"] = self.prior
        modules["losses"] = nn.ModuleDict(
            {name: weighted.loss for name, weighted in self.losses.items() if isinstance(weighted.loss, nn.Module)}
        )
        return modules

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Every parameter that learns, named as `owns`, `groups` and the audit name it."""
        for owner, module in self.learners().items():
            for name, parameter in module.named_parameters():
                yield f"{owner}.{name}", parameter

    def state_modules(self) -> dict[str, nn.Module]:
        """What a checkpoint holds."""
        return {**self.learners(), "average": self.average}


def build_model(recipe: Recipe, data: DataFacts, plugins: Plugins, *, device: torch.device) -> Model:
    """Build what the recipe names, parameters drawn from the recipe's seed, and move it to the device.

    Raises:
        GanlabError: a component refuses its shapes, or a loss has no term for either player.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derived_seed(recipe.seed, "parameters"))
        prior = build_prior(recipe, plugins, data.class_proportions)
        networks = build_networks(recipe, plugins, prior, data.image_shape)
        losses = build_losses(recipe, plugins, prior, data)
    average = copy.deepcopy(networks.generator).eval().requires_grad_(False)
    model = Model(networks=networks, prior=prior, losses=losses, average=average)
    for module in model.state_modules().values():
        module.to(device)
    return model


def build_prior(recipe: Recipe, plugins: Plugins, proportions: tuple[float, ...] | None) -> Prior:
    """The product of the recipe's factors."""
    registry = plugins.registries["prior"]
    spec = PriorSpec(class_proportions=proportions)
    return Prior({name: registry.get(part.use).build(part.arguments, spec) for name, part in recipe.prior.items()})


def build_networks(recipe: Recipe, plugins: Plugins, prior: Prior, image_shape: tuple[int, int, int]) -> Networks:
    """A network for each place in the recipe's `networks`, each told the shapes that it must meet."""
    places: dict[str, Part | None] = dict(recipe.networks)
    if recipe.networks.recognition is not None and not prior.codes:
        raise GanlabError(
            "networks.recognition: the prior has no code to recognise; add one (`--prior categorical`) "
            "or drop the head (`--set ~networks.recognition`)"
        )

    def build(place: str, spec: object) -> Any:
        part = places[place]
        if part is None:
            return None
        return plugins.registries["network"].get(part.use, role=PLACES[place]).build(part.arguments, spec)

    def features(place: str, trunk: nn.Module) -> int:
        width = getattr(trunk, "features", None)
        if not isinstance(width, int):
            raise GanlabError(f"networks.{place}: it has no integer attribute `features`, the width of its output")
        return width

    trunk = build("trunk", TrunkSpec(image_shape))
    own_trunk = build("recognition_trunk", TrunkSpec(image_shape))
    shared = features("trunk", trunk)
    read = shared if own_trunk is None else features("recognition_trunk", own_trunk)
    return Networks(
        generator=build("generator", GeneratorSpec(latent_width=prior.width, image_shape=image_shape)),
        trunk=trunk,
        discriminator=build("discriminator", DiscriminatorSpec(shared)),
        recognition=build("recognition", RecognitionSpec(read, prior.codes)),
        recognition_trunk=own_trunk,
    )


def build_losses(recipe: Recipe, plugins: Plugins, prior: Prior, data: DataFacts) -> dict[str, WeightedLoss]:
    """The recipe's losses by their names there."""
    registry = plugins.registries["loss"]
    spec = LossSpec(image_shape=data.image_shape, codes=prior.codes, dataset_size=data.size, steps=recipe.total_steps)
    losses = {}
    for name, part in recipe.losses.items():
        loss = registry.get(part.use).build(part.arguments, spec)
        if not (hasattr(loss, "discriminator") or hasattr(loss, "generator")):
            raise GanlabError(
                f"losses.{name}: {part.use!r} has neither a method `discriminator(step)` nor `generator(step)`"
            )
        losses[name] = WeightedLoss(loss=loss, weight=part.weight, starts=part.starts, ends=part.ends)
    return losses


def build_data(part: Part, plugins: Plugins) -> ImageData:
    """The recipe's data set."""
    data = plugins.registries["dataset"].get(part.use).build(part.arguments)
    if not isinstance(data, ImageData):
        raise GanlabError(f"dataset: {part.use!r} gave a {type(data).__name__}, not an ImageData")
    return data
