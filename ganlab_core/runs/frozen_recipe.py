"""`load_run_recipe`: the recipe of a run folder, for the verbs that go on with a run or look at it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.shell import shell_command
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.frozen_files import FrozenFile, read_frozen
from ganlab_core.recipe.difference import moved, require_same
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.reader import read_file
from ganlab_core.recipe.settings import Recipe
from ganlab_core.recipe.sources import EXTENDS
from ganlab_core.runs.folder import RunFolder

log = logging.getLogger(__name__)


def load_run_recipe(folder: RunFolder, *, plugins: Plugins, overrides: Iterable[str] = ()) -> Recipe:
    """The run's recipe, checked with the plugins of this program.

    Plugin files in the folder are not loaded: a run folder may come from anybody, and to look at a stranger's run must
    not run a stranger's code. Who trusts a file names it with `--plugin`. Without it the run still loads where its
    parts come from elsewhere, as when the experiment has become an installed package since. What is built late, such as
    a feature network, may be missing until it is asked for.

    Nor does it build on other recipes: those that it was made from are merged into it.

    Raises:
        GanlabError: the folder holds no run, or its recipe extends another one, which would be read from elsewhere; a
            plugin file is not the one that the run was trained with, or what the recipe names is missing;
            the text says which file of the folder gives it.
    """
    folder.require()
    _require_alone(folder)
    missing = list(_not_loaded(folder, plugins))
    try:
        recipe = load_recipe(folder.recipe, overrides=overrides, lenient=True, alone=True, plugins=plugins)
    except GanlabError as error:
        hints = [f"{_trained_with(folder, frozen)}; {_way_in(folder, frozen)}" for frozen in missing]
        raise GanlabError(*error.lines, *hints) from error
    for frozen in missing:
        log.warning("%s, and goes on without it; its parts come from elsewhere", _trained_with(folder, frozen))
    return recipe


def _require_alone(folder: RunFolder) -> None:
    recipe = read_file(folder.recipe)
    if EXTENDS in recipe.values:
        place = recipe.place((EXTENDS,))
        raise GanlabError(f"{place}: {EXTENDS}: the recipe of a run stands alone; bring it back from a copy")


def relocated(folder: RunFolder, overrides: Sequence[str], *, plugins: Plugins) -> Recipe:
    """The run's recipe as `load_run_recipe` gives it, where some of its files lie elsewhere by now.

    What they hold is for the caller to check, as `require_same_data` does.

    Args:
        overrides: where they lie, as `--set` takes it: `dataset.root=FOLDER`.

    Raises:
        GanlabError: as `load_run_recipe`, or an override says something else than where files lie.
    """
    known = load_run_recipe(folder, plugins=plugins)
    if not overrides:
        return known
    recipe = load_recipe(folder.recipe, overrides=overrides, lenient=True, alone=True, plugins=plugins)
    require_same(known, recipe, allowed=moved(known, recipe), run=folder.path)
    return recipe


def _not_loaded(folder: RunFolder, plugins: Plugins) -> Iterable[FrozenFile]:
    loaded = {file.name: file for file in plugins.files}
    for name, frozen in read_frozen(folder.plugins).items():
        if name not in loaded:
            yield frozen
        elif loaded[name].sha256 != frozen.sha256:
            raise GanlabError(
                f"--plugin {loaded[name].path}: {_trained_with(folder, frozen)}, and this is another version of it; "
                f"give `{shell_command('--plugin', folder.plugins / frozen.file)}`, or train in a new run folder"
            )


def _trained_with(folder: RunFolder, frozen: FrozenFile) -> str:
    return f"{folder.path} was trained with the plugin file {frozen.file} (sha256 {frozen.sha256[:12]})"


def _way_in(folder: RunFolder, frozen: FrozenFile) -> str:
    path = folder.plugins / frozen.file
    option = shell_command("--plugin", path)
    return f"read {path}, since code of a run folder never runs by itself, and give `{option}` to trust it"
