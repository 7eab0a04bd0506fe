"""`train` and `resume`: from a recipe, or from a run folder, to a finished run."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ganlab_core.component import GanlabError
from ganlab_core.datasets.facts import facts_of, read_facts, require_same_data
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe import load_recipe, to_yaml
from ganlab_core.recipe.settings import Recipe
from ganlab_core.training.audit import audit_gradients
from ganlab_core.training.checkpoint import load_learning_state, load_weights, newest_checkpoint
from ganlab_core.training.run_folder import RunFolder, free_name
from ganlab_core.training.session import RunResult, Session

__all__ = ["RunResult", "resume", "train"]


def train(
    recipe: Recipe, *, run: Path | None = None, plugins: Plugins | None = None, console: Console | None = None
) -> RunResult:
    """Train a recipe in a new run folder: `run`, or a free name under `runs/`.

    Args:
        recipe: a checked recipe, from `load_recipe`.
        run: the folder to make; it must not hold anything.
        plugins: those that the recipe was checked with; loaded afresh if left out.
        console: where progress goes; nowhere if left out.

    Raises:
        GanlabError: bad input, a folder in use, or a loss that is not finite; the text says what to do.
        Interrupted: SIGINT or SIGTERM; a checkpoint of the last whole step was written.
    """
    folder = RunFolder(run or free_name(Path("runs"), _stem(recipe)))
    folder.require_free(to_yaml(recipe))
    session = Session(folder, recipe, plugins or load_plugins(), console)
    audit_gradients(session.state)
    with folder.locked():
        folder.create(to_yaml(session.recipe), facts_of(session.data))
        return session.run(first_step=0)


def resume(
    run: Path, *, steps: int | None = None, plugins: Plugins | None = None, console: Console | None = None
) -> RunResult:
    """Go on with a run from its newest whole checkpoint, to its recipe's steps or to `steps`.

    Raises:
        GanlabError: there is no run, every checkpoint is damaged, the folder is in use, or `steps` is behind already.
        Interrupted: as `train`.
    """
    folder = RunFolder(run)
    folder.require()
    plugins = plugins or load_plugins()
    recipe = load_recipe(folder.recipe, overrides=[] if steps is None else [f"steps={steps}"], plugins=plugins)
    with folder.locked():
        checkpoint = newest_checkpoint(folder.checkpoints)
        first_step = 0 if checkpoint is None else checkpoint.number
        if steps is not None and steps < first_step:
            raise GanlabError(f"steps: {steps} is less than the {first_step} that {run} has taken; ask for more")
        session = Session(folder, recipe, plugins, console)
        require_same_data(session.data, read_facts(folder.data), run)
        if checkpoint is not None:
            load_weights(checkpoint, session.state.model)
            load_learning_state(checkpoint, session.state.players)
        folder.recipe.write_text(to_yaml(session.recipe), encoding="utf-8")
        return session.run(first_step=first_step)


def _stem(recipe: Recipe) -> str:
    """A run's name where the user gives none: data set, class code, seed."""
    code = recipe.prior.get("code")
    return "-".join([recipe.dataset.use, *([code.use] if code else []), f"seed{recipe.seed}"])
