"""Whether checkpoints fit where runs go, and whether that place can be written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from torch import nn

from ganlab_core.interface.check import Finding
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.model import Model
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_model
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.optimisers import OPTIMISERS
from ganlab_core.recipe.settings import Players, Recipe
from ganlab_core.system.device import choose_device
from ganlab_core.verbs.doctor.examined import Examined
from ganlab_core.verbs.doctor.units import gibibytes

_WHERE_RUNS_GO = Path("runs")


def look_where_runs_go(about: Examined) -> list[Finding]:
    """The disk that new runs lie on; a run that is named has a disk of its own to look at."""
    if about.run is not None:
        return []
    recipe, checkpoint = base_recipe(about.plugins)
    return look_at_disk(_WHERE_RUNS_GO, recipe=recipe, checkpoint=checkpoint)


def look_at_disk(folder: Path, *, recipe: Recipe, checkpoint: int) -> list[Finding]:
    """Free space where `folder` is or will be, against checkpoints of so many bytes.

    Args:
        recipe: says how many checkpoints are kept.
    """
    place = _nearest(folder)
    if not place.is_dir() or not os.access(place, os.W_OK):
        text = f"{place} is {'read-only' if place.is_dir() else 'a file'}, so {folder} cannot be written"
        return [Finding(name="place", text=text, state="stops", way_out="name another folder with `--run`")]
    free = shutil.disk_usage(place).free
    return [space(free, place=folder, checkpoint=checkpoint, keep=recipe.checkpoint.keep)]


def space(free: int, *, place: Path, checkpoint: int, keep: int) -> Finding:
    """The finding of so many free bytes; one checkpoint more than are kept is on the disk while it is written."""
    needed = checkpoint * (keep + 1)
    text = f"{gibibytes(free)} free for {place}; a checkpoint takes {gibibytes(checkpoint)}, {keep} are kept"
    value = {"free": free, "checkpoint": checkpoint, "needed": needed}
    way_out = "free some space, or name another folder with `--run`"
    if free < checkpoint:
        return Finding(name="space", text=f"{text}: not one fits", state="stops", way_out=way_out, value=value)
    if free < needed:
        return Finding(name="space", text=f"{text}: they do not all fit", state="note", way_out=way_out, value=value)
    return Finding(name="space", text=text, value=value)


def base_recipe(plugins: Plugins) -> tuple[Recipe, int]:
    """What `ganlab train` alone trains, and the bytes of its checkpoints."""
    recipe = load_recipe(plugins=plugins)
    facts = facts_of(build_data(recipe.dataset, plugins))
    return recipe, checkpoint_size(build_model(recipe, facts, plugins, device=choose_device("cpu")), recipe.players)


def checkpoint_size(model: Model, players: Players) -> int:
    """About how many bytes a checkpoint takes: weights, and what the optimisers keep of each parameter."""
    learners = model.learners()
    kept = sum(
        OPTIMISERS[player.optimiser].moments * _bytes(learners[name].parameters())
        for player in (players.discriminator, players.generator)
        for name in player.owns
        if name in learners
    )
    return kept + sum(_bytes(module.state_dict().values()) for module in model.state_modules().values())


def _bytes(tensors: Iterable[nn.Parameter]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of the way to it."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
