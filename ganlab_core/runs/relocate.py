"""`relocate`: a run is told where its files lie by now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.data_facts import read_facts, require_same_data
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.frozen_recipe import relocated
from ganlab_core.system.process_group import ALONE


def relocate(run: Path, overrides: Sequence[str], *, plugins: Plugins) -> None:
    """Write into a run's recipe where its files lie by now, once it is sure that the images are the run's.

    Args:
        overrides: as `--set` takes them: `dataset.root=FOLDER`. Without any, nothing is done.

    Raises:
        GanlabError: there is no run, it is in use, an override says something else than where files lie, or other
            images lie there.
    """
    folder = RunFolder(run)
    folder.require()
    if not overrides:
        return
    folder.refuse_links()
    with folder.locked(ALONE):
        recipe = relocated(folder, overrides, plugins=plugins)
        require_same_data(build_data(recipe.dataset, plugins), read_facts(folder.data), folder.path)
        folder.write_recipe(to_yaml(recipe))
