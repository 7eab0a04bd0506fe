"""Which images a command line means: a folder's, a data set's, or those that a run was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab_core.image_files.batches import BATCH_SIZE
from ganlab_core.image_files.folders import require_image_folder
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data
from ganlab_core.recipe.load import COMPLETE, load_recipe
from ganlab_core.runs.data_facts import require_same_data
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.verbs.assign.sources import PictureSource, collection_source, folder_source


def pick_source(
    run: LoadedRun,
    name: str | None,
    *,
    plugins: Plugins,
    overrides: Sequence[str] = (),
    batch_size: int = BATCH_SIZE,
    megapixels: int | None = None,
    follow_links: bool = False,
) -> PictureSource:
    """The images of the folder `name`, of the data set `name`, or of the run's own data set if it is None.

    A data set that the run's recipe uses keeps the recipe's arguments; `overrides` change them.

    Args:
        megapixels: as `folder_source` takes it; `follow_links` likewise. Of a data set they are its arguments.

    Raises:
        GanlabError: there is no such folder or data set, its images do not fit the run, or the run's own data set is
            no longer the one that it was trained on.
    """
    known = plugins.registries["dataset"].names()
    if name is not None and Path(name).is_dir():
        if overrides:
            raise GanlabError(f"--set {overrides[0]} is about a data set, and '{name}' is a folder; drop it")
        return folder_source(Path(name), run, batch_size=batch_size, megapixels=megapixels, follow_links=follow_links)
    if megapixels is not None or follow_links:
        option = "--follow-links" if follow_links else "--megapixels"
        raise GanlabError(f"{option} is about a folder of images; of a data set, set its argument of that name")
    if name is not None and Path(name).is_file():
        require_image_folder(Path(name))
    if name is not None and name not in known:
        raise GanlabError(
            f"'{name}' is neither a folder nor a data set; give a folder of images, or one of {', '.join(known)}"
        )
    own = run.recipe.model_dump(mode="json") | {COMPLETE: True}  # not its file, which may not say where images lie now
    recipe = load_recipe(own, dataset=name, overrides=overrides, lenient=True, plugins=plugins)
    data = build_data(recipe.dataset, plugins)
    if recipe.dataset == run.recipe.dataset:
        require_same_data(data, run.facts, run.path)
    return collection_source(data, run, batch_size=batch_size)
