"""`relocate`: a run is told where its files lie by now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab_core.evaluation.judge.files import weights_hash
from ganlab_core.interface.features import feature_facts
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_features
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.data_facts import read_facts, require_same_data, require_same_features, require_same_judge
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.frozen_recipe import relocated
from ganlab_core.system.device import choose_device
from ganlab_core.system.process_group import ALONE


def relocate(run: Path, overrides: Sequence[str], *, plugins: Plugins) -> None:
    """Write into a run's recipe where its files lie by now, once it is sure that the images are the run's.

    Args:
        overrides: as `--set` takes them: `dataset.root=FOLDER`. Without any, nothing is done.

    Raises:
        GanlabError: there is no run, it is in use, an override says something else than where files lie, or other
            images, or another judge's or feature network's weights, lie there.
    """
    folder = RunFolder(run)
    folder.require()
    if not overrides:
        return
    folder.refuse_links()
    with folder.locked(ALONE):
        recipe = relocated(folder, overrides, plugins=plugins)
        facts = read_facts(folder.data)
        require_same_data(build_data(recipe.dataset, plugins), facts, folder.path)
        require_same_judge(weights_hash(recipe.judge.weights), facts, folder.path)
        if recipe.features is not None:
            found = feature_facts(build_features(recipe, plugins, device=choose_device("cpu")))
            require_same_features(found, facts.features, folder.path)
        folder.write_recipe(to_yaml(recipe))
