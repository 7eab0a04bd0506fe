"""A fork: a new run that begins as a copy of another one's newest checkpoint, with changes to its recipe."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ganlab_core.evaluation.judge.files import weights_hash
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import feature_facts
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_features
from ganlab_core.recipe.difference import Difference
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import Checkpoint, newest_checkpoint, read_newest
from ganlab_core.runs.checkpoint_files import FILES
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.origin import Origin
from ganlab_core.runs.records import write_record
from ganlab_core.system.atomic import written_aside
from ganlab_core.system.device import choose_device


def fork_run(
    source: RunFolder,
    target: RunFolder,
    recipe: Recipe,
    *,
    plugins: Plugins,
    changed: Sequence[Difference],
    process: Mapping[str, str],
) -> None:
    """Lay out a run folder with another run's newest whole checkpoint, its log so far, and a recipe of its own.

    Args:
        changed: what differs from the source's recipe, kept in `forked_from.json`.
        process: the settings of the process that goes on with it.

    Raises:
        GanlabError: the source has no whole checkpoint or holds links that lead out of it, or the target is not free.
    """
    source.refuse_links()
    if newest_checkpoint(source.checkpoints) is None:
        raise GanlabError(f"{source.path} has no checkpoint to fork from; train its recipe in a new run instead")
    target.require_free(to_yaml(recipe))
    data = build_data(recipe.dataset, plugins)
    recipe = in_steps(recipe, dataset_size=len(data), plugins=plugins)
    features = feature_facts(build_features(recipe, plugins, device=choose_device("cpu")))
    # Aside, since a run folder without its checkpoint would train from the beginning.
    with written_aside(target.path) as aside:
        fork = RunFolder(aside)
        facts = facts_of(data, features=features, judge=weights_hash(recipe.judge.weights))
        fork.create(to_yaml(recipe), facts, process=process, plugin_files=plugins.files)
        number = read_newest(source.checkpoints, lambda checkpoint: _copied(checkpoint, fork.checkpoints))
        for file in (source.metrics, source.rollbacks, source.untold):
            if file.exists():
                shutil.copy(file, fork.path)
        changes = {one.key: [one.before, one.after] for one in changed}
        write_record(Origin(str(source.path), number or 0, changes), fork.origin)


def _copied(checkpoint: Checkpoint, folder: Path) -> int:
    """The number of the checkpoint, whose files are copied into a folder that has no other yet."""
    target = folder / checkpoint.folder.name
    shutil.rmtree(target, ignore_errors=True)  # of one that was replaced while it was copied
    target.mkdir()
    for name in FILES:
        shutil.copy(checkpoint.folder / name, target)
    return checkpoint.number
