"""The one place where the names in a recipe become parts: data set, features, model and evaluator, which fit."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganlab_core.evaluation.evaluator import Evaluator
from ganlab_core.evaluation.judge.obtain import obtain_judge, require_judge
from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureNetwork
from ganlab_core.interface.image_data import ImageData
from ganlab_core.interface.kinds import PLACES
from ganlab_core.interface.loss import term_of
from ganlab_core.interface.model import Model, WeightedLoss
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.randomness import derived_seed
from ganlab_core.interface.specs import (
    DiscriminatorSpec,
    GeneratorSpec,
    LossSpec,
    PriorSpec,
    RecognitionSpec,
    TrunkSpec,
)
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.settings import Part, Recipe
from ganlab_core.recipe.sizes import data_size_told, sizes_told
from ganlab_core.system.allowance import Allowance
from ganlab_core.system.memory import all_memory

_BESIDE_WEIGHTS = 256 << 20  # bytes: parts that no checkpoint holds, and what is made on the way
_BESIDE_LOSSES = 1 << 30  # a loss may look through a network of its own that was trained elsewhere

_DOWNLOAD = "download"
_NOT_FETCHED = (
    "(`download: true` is set, and not followed: what a run folder says may be a stranger's, so that only a new run "
    "fetches data. Put the files there, or, if you trust the recipe, train it: `ganlab train RECIPE --run NEW`)"
)


def build_model(
    recipe: Recipe, data: DataFacts, plugins: Plugins, *, device: torch.device, most: int | None = None
) -> Model:
    """Build what the recipe names, parameters drawn from the recipe's seed, and move it to the device.

    Args:
        most: bytes of the weights that it is to hold, where they are known; it is refused before it takes many more.

    Raises:
        GanlabError: a component refuses its shapes, a loss has no term for either player, or the recipe asks for more
            memory than there is, or than such weights need.
    """
    allowance = Allowance(all_memory() if most is None else most + _BESIDE_WEIGHTS)
    with torch.random.fork_rng(devices=[]), sizes_told(recipe, size=allowance.left, most=most), allowance:
        torch.manual_seed(derived_seed(recipe.seed, "parameters"))
        prior = build_prior(recipe, plugins, data.class_proportions)
        networks = build_networks(recipe, plugins, prior, data)
        allowance.left += _BESIDE_LOSSES
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


def build_networks(recipe: Recipe, plugins: Plugins, prior: Prior, data: DataFacts) -> Networks:
    """A network for each place in the recipe's `networks`, each told the shapes that it must meet."""
    places: dict[str, Part | None] = dict(recipe.networks)
    image_shape = data.image_shape
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
        discriminator=build("discriminator", DiscriminatorSpec(shared, prior.category_counts)),
        recognition=build("recognition", RecognitionSpec(read, prior.codes, _frozen_features(recipe, data))),
        recognition_trunk=own_trunk,
    )


def _frozen_features(recipe: Recipe, data: DataFacts) -> int | None:
    """The width of the features that a recognition head may read; known without the network that gives them."""
    if recipe.features is not None and data.features is None:
        raise GanlabError(
            f"features: how many numbers {recipe.features.use!r} gives an image was not kept with the data's facts; "
            "train this recipe in a new run"
        )
    return None if data.features is None else data.features.width


def build_losses(recipe: Recipe, plugins: Plugins, prior: Prior, data: DataFacts) -> dict[str, WeightedLoss]:
    """The recipe's losses by their names there."""
    registry = plugins.registries["loss"]
    spec = LossSpec(image_shape=data.image_shape, codes=prior.codes, dataset_size=data.size, steps=recipe.total_steps)
    losses = {}
    for name, part in recipe.losses.items():
        entry = registry.get(part.use)
        loss = entry.build(part.arguments, spec)
        if term_of(loss, "discriminator") is None and term_of(loss, "generator") is None:
            raise GanlabError(
                f"losses.{name}: {part.use!r} has neither a method `discriminator(step)` nor `generator(step)`"
            )
        losses[name] = WeightedLoss(
            loss=loss, weight=part.weight, starts=part.starts, ends=part.ends, given=f"{entry} of {entry.giver}"
        )
    return losses


def build_data(part: Part, plugins: Plugins, *, may_download: bool = False) -> ImageData:
    """The recipe's data set.

    Args:
        may_download: whether an argument `download: true` counts. It does for a new run of a recipe that the user
            names. A run folder may be a stranger's, so that reading it, or going on with it, asks no network and makes
            no folder where its recipe says.

    Raises:
        GanlabError: what the data set raises; where it may not download, with what to do about that; or its images have
            a size that no memory could hold.
    """
    arguments = part.arguments
    forbidden = not may_download and arguments.get(_DOWNLOAD) is True
    try:
        with data_size_told(part):
            entry = plugins.registries["dataset"].get(part.use)
            data = entry.build(arguments | ({_DOWNLOAD: False} if forbidden else {}))
    except GanlabError as error:
        if not forbidden:
            raise
        raise GanlabError(f"{error}. {_NOT_FETCHED}") from error
    if not isinstance(data, ImageData):
        raise GanlabError(f"dataset: {part.use!r} gave a {type(data).__name__}, not an ImageData")
    return data


def build_features(recipe: Recipe, plugins: Plugins, *, device: torch.device) -> FeatureNetwork | None:
    """The recipe's frozen feature network, on the device; None of a recipe without one.

    Raises:
        GanlabError: no plugin gives it, it refuses its arguments, or it does not say what it is.
    """
    part = recipe.features
    if part is None:
        return None
    with torch.random.fork_rng(devices=[]):  # its weights are drawn before they are read
        network = plugins.registries["features"].get(part.use).build(part.arguments)
    for name, kind in (("size", int), ("width", int), ("identity", str)):
        if not isinstance(getattr(network, name, None), kind):
            raise GanlabError(
                f"features: {part.use!r} gave a network without {name}, which is to be of type {kind.__name__}"
            )
    found: FeatureNetwork = network.to(device)
    return found


def build_evaluator(
    recipe: Recipe,
    data: ImageData,
    plugins: Plugins,
    *,
    device: torch.device,
    obtain_features: Callable[[], Tensor | None] = lambda: None,
) -> Evaluator:
    """The recipe's metrics over a data set, and the judge that they ask for; it works on `device`.

    Args:
        obtain_features: gives the features of the data by which real images are to get their codes, None for none.
    """
    registry = plugins.registries["metric"]
    return Evaluator(
        {name: registry.get(part.use).build(part.arguments) for name, part in recipe.metrics.items()},
        data,
        obtain_judge=lambda: obtain_judge(data, weights=recipe.judge.weights, device=device),
        require_judge=lambda: require_judge(data, weights=recipe.judge.weights),
        obtain_features=obtain_features,
        samples_per_code=recipe.evaluation.samples_per_code,
        seed=recipe.seed,
    )
