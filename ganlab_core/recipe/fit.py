"""Whether a recipe's networks fit its images and this machine, found without data: built of shapes alone."""

from __future__ import annotations

import logging
from itertools import chain

import torch

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import FeatureFacts
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.user_path import user_path
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_networks, build_prior
from ganlab_core.recipe.settings import Recipe
from ganlab_core.recipe.sizes import sizes_told
from ganlab_core.system.memory import all_memory, free_memory, require_memory
from ganlab_core.system.memory_errors import is_too_large

log = logging.getLogger(__name__)

_COPIES = 4  # of each parameter while it learns: itself, its gradient, and what Adam remembers twice
_SMALLER = "set a smaller `networks.*.width`, `prior.*.dim` or `dataset.size`"


def require_fit(recipe: Recipe, plugins: Plugins) -> None:
    """Check what can be known of a run before its data is read; of a data set that does not say its shape, nothing.

    Raises:
        GanlabError: a network refuses the images' shape, there is not memory enough for the networks, or the judge's
            file is not there.
    """
    weights = recipe.judge.weights
    if weights is not None and not _is_file(weights):
        raise GanlabError(f"judge.weights: there is no file '{weights}'; give one, or none to train a judge")
    shape = image_shape(recipe, plugins)
    if shape is None:
        return
    told = sizes_told(recipe, size=all_memory(), most=None)
    with torch.random.fork_rng(devices=[]), torch.device("meta"), told:
        networks = _of_shapes(recipe, shape, plugins)
    if networks is not None:
        _require_memory(networks, recipe)


def image_shape(recipe: Recipe, plugins: Plugins) -> tuple[int, int, int] | None:
    """(C, H, W) of the recipe's images, where its data set says that beforehand."""
    component = plugins.registries["dataset"].get(recipe.dataset.use).component
    if component.image_shape is None:
        return None
    try:
        channels, height, width = component.image_shape(**recipe.dataset.arguments)
    except Exception as error:  # of a plugin, and not worth a run
        log.warning("%s cannot say its images' shape: %s: %s", recipe.dataset.use, type(error).__name__, error)
        return None
    return (channels, height, width)


def _of_shapes(recipe: Recipe, shape: tuple[int, int, int], plugins: Plugins) -> Networks | None:
    """The networks without memory for their parameters; None where a part cannot be built like that."""
    facts = DataFacts(
        name=recipe.dataset.use,
        image_shape=shape,
        size=recipe.batch_size,
        class_names=(),
        class_counts=None,
        content_hash="",
        features=None if recipe.features is None else FeatureFacts(identity="", width=1),
    )
    try:
        prior = build_prior(recipe, plugins, None)
    except GanlabError:  # it needs to know the classes
        return None
    except Exception as error:
        if is_too_large(error):
            raise
        return None
    try:
        return build_networks(recipe, plugins, prior, facts)
    except GanlabError:
        raise
    except Exception as error:  # a stranger's network may compute with its weights, which have no values
        if is_too_large(error):
            raise
        return None


def _require_memory(networks: Networks, recipe: Recipe) -> None:
    tensors = chain(networks.parameters(), networks.buffers())
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    average = sum(tensor.numel() * tensor.element_size() for tensor in networks.generator.parameters())
    what = f"networks: on device {recipe.device} their weights and what an optimiser keeps of them"
    if (free := _room_on(recipe.device)) is not None:
        require_memory(_COPIES * size + average, what=what, way_out=_SMALLER, free=free)


def _room_on(device: str) -> int | None:
    """Bytes on a device; None where this machine does not have it, or does not say."""
    number = device.removeprefix("cuda").removeprefix(":") if device.startswith("cuda") else None
    if number is None and device == "auto" and torch.cuda.is_available():
        number = ""
    if number is None:
        return free_memory()
    there = int(number) if number.isdigit() else 0
    return torch.cuda.get_device_properties(there).total_memory if there < torch.cuda.device_count() else None


def _is_file(name: str) -> bool:
    try:
        return user_path(name).is_file()
    except ValueError:  # what no name can hold
        return False
