"""Whether a run can go on, from where, and with which command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab_core.evaluation.judge.files import weights_hash
from ganlab_core.interface.check import Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.features import feature_facts
from ganlab_core.interface.shell import shell_command
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.build import build_data, build_features
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import checkpoint_folders
from ganlab_core.runs.data_facts import (
    read_facts,
    require_same_data,
    require_same_features,
    require_same_judge,
    require_same_size,
)
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.frozen_recipe import relocated
from ganlab_core.system.device import choose_device


def look_at_recipe(
    folder: RunFolder, plugins: Plugins, *, overrides: Sequence[str] = ()
) -> tuple[Finding, Recipe | None]:
    """Whether the recipe can be read with the plugins that are here, and the recipe if so."""
    try:
        recipe = relocated(folder, overrides, plugins=plugins)
    except GanlabError as error:
        return Finding(name="recipe", text="; ".join(error.lines), state="stops"), None
    return Finding(name="recipe", text=f"{recipe.steps} steps", value={"steps": recipe.steps}), recipe


def look_at_device(folder: RunFolder, recipe: Recipe, plugins: Plugins, *, overrides: Sequence[str] = ()) -> Finding:
    """Whether this machine has the device that the recipe names."""
    try:
        device = choose_device(recipe.device)
    except GanlabError as error:
        way_out = f"{resume_command(folder.path, plugins, overrides)} --device auto"
        return Finding(name="device", text=str(error), state="stops", way_out=way_out)
    return Finding(name="device", text=f"{recipe.device}: {device}", value=str(device))


def look_at_data(folder: RunFolder, recipe: Recipe, plugins: Plugins) -> Sequence[Finding]:
    """Whether the data that the run was trained on is still there, and what is worth knowing of its files.

    Nothing is downloaded: that would write.
    """
    try:
        facts = read_facts(folder.data)
        require_same_size(recipe, facts, folder.path, plugins=plugins)
        data = build_data(recipe.dataset, plugins)
        require_same_data(data, facts, folder.path)
        require_same_judge(weights_hash(recipe.judge.weights), facts, folder.path)
    except GanlabError as error:
        return [Finding(name="data", text=str(error), state="stops")]
    same = f"{facts.name}, {facts.size} images, as the run was trained on"
    remarks = [Finding(name="images", text=sentence, state="note") for sentence in data.remarks]
    return [Finding(name="data", text=same, value=facts.size), *remarks]


def look_at_features(folder: RunFolder, recipe: Recipe, plugins: Plugins) -> list[Finding]:
    """Whether the feature network that the run was trained with can be had here; nothing of a run without one."""
    if recipe.features is None:
        return []
    try:
        found = feature_facts(build_features(recipe, plugins, device=choose_device("cpu")))
        require_same_features(found, read_facts(folder.data).features, folder.path)
    except GanlabError as error:
        return [Finding(name="features", text=str(error), state="stops")]
    return [Finding(name="features", text=f"{recipe.features.use}, as the run was trained with")]


def look_at_resume(
    folder: RunFolder,
    recipe: Recipe | None,
    *,
    found: Sequence[Finding],
    whole: Sequence[Path],
    plugins: Plugins,
    overrides: Sequence[str] = (),
) -> Finding:
    """What `ganlab train --resume` would do.

    Args:
        recipe: None where it cannot be read.
        found: what was found of the run so far.
        whole: the checkpoints that are whole, the oldest first.
        overrides: where the run's files lie by now.
    """
    refused = {"possible": False, "step": None, "command": None}
    if checkpoint_folders(folder.checkpoints) and not whole:
        text, again = "every checkpoint is damaged", shell_command("ganlab", "train", folder.recipe)
        return Finding(name="resume", text=text, state="stops", way_out=f"train it again: {again}", value=refused)
    step = int(whole[-1].name) if whole else 0
    command = resume_command(folder.path, plugins, overrides)
    if recipe is not None and isinstance(recipe.steps, int) and step >= recipe.steps:
        command = f"{command} --steps {2 * step}"
        text = f"all {recipe.steps} steps are done; to go on further: {command}"
    else:
        text = f"from step {step}{'' if recipe is None else f' of {recipe.steps}'}: {command}"
    stopping = [finding.name for finding in found if finding.state == "stops"]
    value = {"possible": not stopping, "step": step, "command": command}
    if stopping:  # counted where it was found, so only a note here
        text = f"not before this is settled: {', '.join(stopping)}; then {text}"
    return Finding(name="resume", text=text, state="note" if stopping else "fine", value=value)


def resume_command(run: Path, plugins: Plugins, overrides: Sequence[str] = ()) -> str:
    """The command that goes on with a run, with the plugin files that are loaded now, and its files where they lie."""
    files = [f"--plugin={file.path}" for file in plugins.files]
    moved = [word for one in overrides for word in ("--set", one)]
    return shell_command("ganlab", *files, "train", "--resume", run, *moved)
