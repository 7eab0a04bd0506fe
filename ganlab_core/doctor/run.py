"""A run folder: its lock, recipe, data, checkpoints, the disk it lies on, and whether it can go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab_core.component import GanlabError
from ganlab_core.datasets.facts import read_facts
from ganlab_core.doctor.checkpoints import look_at_checkpoints, size_of, whole_checkpoints
from ganlab_core.doctor.disk import checkpoint_size, look_at_disk
from ganlab_core.doctor.finding import Finding
from ganlab_core.doctor.lock import look_at_lock
from ganlab_core.doctor.resume import look_at_data, look_at_device, look_at_recipe, look_at_resume
from ganlab_core.model import build_model
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.settings import Recipe
from ganlab_core.training.checkpoint import checkpoint_folders
from ganlab_core.training.device import choose_device
from ganlab_core.training.run_folder import RunFolder


def look_at_run(run: Path, plugins: Plugins) -> Sequence[Finding]:
    """Everything about one run folder."""
    folder = RunFolder(run)
    try:
        folder.require()
    except GanlabError as error:
        return [Finding(name="folder", text=str(error), state="stops")]
    recipe_finding, recipe = look_at_recipe(folder, plugins)
    checkpoints = look_at_checkpoints(folder.checkpoints)
    found = [look_at_lock(run), recipe_finding, *checkpoints]
    if recipe is None:
        return found
    found += [look_at_device(folder, recipe, plugins), look_at_data(folder, recipe, plugins)]
    found += look_at_disk(run, recipe=recipe, checkpoint=_size(folder, recipe, plugins))
    number = len(checkpoint_folders(folder.checkpoints))
    whole = whole_checkpoints(checkpoints)
    return [*found, look_at_resume(folder, recipe, whole=whole, found=number, plugins=plugins)]


def _size(folder: RunFolder, recipe: Recipe, plugins: Plugins) -> int:
    """Bytes of a checkpoint: of the largest one there is, else as many as its model will take."""
    sizes = [size_of(path) for path in checkpoint_folders(folder.checkpoints)]
    if sizes:
        return max(sizes)
    model = build_model(recipe, read_facts(folder.data), plugins, device=choose_device("cpu"))
    return checkpoint_size(model, recipe.players)
