"""A fork: a new run that begins as a copy of another one's newest checkpoint, with changes to its recipe."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import feature_facts
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_features
from ganlab_core.recipe.difference import Difference
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import newest_checkpoint
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.atomic import written_aside
from ganlab_core.system.device import choose_device


def fork_run(
    source: RunFolder, target: RunFolder, recipe: Recipe, *, plugins: Plugins, changed: Sequence[Difference]
) -> None:
    """Lay out a run folder with another run's newest whole checkpoint, its log so far, and a recipe of its own.

    Args:
        changed: what differs from the source's recipe, kept in `forked_from.json`.

    Raises:
        GanlabError: the source has no whole checkpoint or holds links that lead out of it, or the target is not free.
    """
    source.refuse_links()
    checkpoint = newest_checkpoint(source.checkpoints)
    if checkpoint is None:
        raise GanlabError(f"{source.path} has no checkpoint to fork from; train its recipe in a new run instead")
    target.require_free(to_yaml(recipe))
    data = build_data(recipe.dataset, plugins)
    recipe = in_steps(recipe, dataset_size=len(data), plugins=plugins)
    features = feature_facts(build_features(recipe, plugins, device=choose_device("cpu")))
    # Aside, since a run folder without its checkpoint would train from the beginning.
    with written_aside(target.path) as aside:
        fork = RunFolder(aside)
        fork.create(to_yaml(recipe), facts_of(data, features=features), plugin_files=plugins.files)
        shutil.copytree(checkpoint.folder, fork.checkpoints / checkpoint.folder.name)
        for file in (source.metrics, source.rollbacks, source.untold):
            if file.exists():
                shutil.copy(file, fork.path / file.name)
        origin = {
            "run": str(source.path),
            "step": checkpoint.number,
            "changed": {one.key: [one.before, one.after] for one in changed},
        }
        fork.origin.write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
