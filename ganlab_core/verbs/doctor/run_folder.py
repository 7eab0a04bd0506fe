"""A run folder: its lock, recipe, data, checkpoints, the disk it lies on, and whether it can go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab_core.interface.check import Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import checkpoint_folders
from ganlab_core.runs.folder import RunFolder
from ganlab_core.verbs.doctor.checkpoints import look_at_best, look_at_checkpoints, size_of, whole_checkpoints
from ganlab_core.verbs.doctor.disk import checkpoint_size, look_at_disk
from ganlab_core.verbs.doctor.examined import Examined
from ganlab_core.verbs.doctor.lock import look_at_lock
from ganlab_core.verbs.doctor.model import look_at_model
from ganlab_core.verbs.doctor.process import look_at_process
from ganlab_core.verbs.doctor.resume import (
    look_at_data,
    look_at_device,
    look_at_features,
    look_at_recipe,
    look_at_resume,
)
from ganlab_core.verbs.doctor.rollbacks import look_at_rollbacks


def look_at_run(about: Examined) -> Sequence[Finding]:
    """Everything about one run folder; nothing where none is named."""
    run, plugins = about.run, about.plugins
    if run is None:
        return ()
    try:
        folder = RunFolder(run)
        folder.require()
    except GanlabError as error:
        return [Finding(name="folder", text=str(error), state="stops")]
    recipe_finding, recipe = look_at_recipe(folder, plugins, overrides=about.overrides)
    checkpoints = look_at_checkpoints(folder.checkpoints)
    found = [look_at_lock(run), look_at_rollbacks(folder.rollbacks), recipe_finding, *checkpoints]
    whole = whole_checkpoints(checkpoints)
    if recipe is not None:
        newest = whole[-1] if whole else None
        found += _with_recipe(folder, recipe, plugins, newest=newest, overrides=about.overrides)
    resume = look_at_resume(folder, recipe, found=found, whole=whole, plugins=plugins, overrides=about.overrides)
    return [*found, resume]


def _with_recipe(
    folder: RunFolder, recipe: Recipe, plugins: Plugins, *, newest: Path | None, overrides: Sequence[str]
) -> list[Finding]:
    """What can be looked at only where the recipe can be read."""
    found = [look_at_best(folder.checkpoints, recipe.checkpoint), look_at_process(folder, recipe, plugins)]
    device = look_at_device(folder, recipe, plugins, overrides=overrides)
    found += [device, *look_at_data(folder, recipe, plugins)]
    found += look_at_features(folder, recipe, plugins)
    model_finding, model = look_at_model(folder, recipe, plugins, newest=newest)
    found.append(model_finding)
    sizes = [size_of(path) for path in checkpoint_folders(folder.checkpoints)]
    if model is not None:
        sizes.append(checkpoint_size(model, recipe.players))
    return [*found, *look_at_disk(folder.path, recipe=recipe, checkpoint=max(sizes, default=0))]
