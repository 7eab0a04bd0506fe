"""`train` and `resume`: from a recipe, or from a run folder, to a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console

from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe import load_recipe, to_yaml
from ganlab_core.recipe.difference import continued, differences, require_same
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import Checkpoint, load_weights, newest_checkpoint
from ganlab_core.runs.data_facts import read_facts, require_same_data
from ganlab_core.runs.folder import RunFolder, free_name
from ganlab_core.runs.frozen_recipe import load_run_recipe
from ganlab_core.runs.rollbacks import read_rollbacks
from ganlab_core.system.device import choose_device
from ganlab_core.system.process_group import ProcessGroup, process_group
from ganlab_core.system.random_states import seed_random_states
from ganlab_core.training.audit import audit_gradients
from ganlab_core.training.fork import fork_run
from ganlab_core.training.learning_state import load_learning_state
from ganlab_core.training.nonfinite import NonFiniteError, note_rollback
from ganlab_core.training.resources import resource_errors
from ganlab_core.training.session import IsOver, RunResult, Session

__all__ = ["RunResult", "resume", "train"]


def train(
    recipe: Recipe,
    *,
    run: Path | None = None,
    or_resume: bool = False,
    is_over: IsOver | None = None,
    plugins: Plugins | None = None,
    console: Console | None = None,
) -> RunResult:
    """Train a recipe in a new run folder: `run`, or a free name under `runs/`.

    Under `torchrun` each process takes its share of every batch, and the first one writes.

    Args:
        recipe: a checked recipe, from `load_recipe`.
        run: the folder to make; it must not hold anything.
        or_resume: where `run` holds a run of this recipe already, go on with it: a command that can be given again
            after whatever ended it.
        is_over: asked after each step of a new run, with the number of steps done; where it is true the run ends there
            as if its recipe had asked for so many, which the folder's recipe then says. A part that plans by
            `StepContext.steps` has planned for all.
        plugins: those that the recipe was checked with; loaded afresh if left out.
        console: where progress goes; nowhere if left out.

    Raises:
        GanlabError: bad input, a folder in use, or a loss that is not finite; the text says what to do.
        Interrupted: SIGINT or SIGTERM; a checkpoint of the last whole step was written.
    """
    plugins = plugins or load_plugins()
    device = choose_device(recipe.device)
    with process_group(device) as group:
        folder = RunFolder(Path(group.agreed(str(run or free_name(Path("runs"), _stem(recipe))))))
        with resource_errors(folder.path, recipe):
            if or_resume and group.agreed(folder.recipe.exists()):
                known = load_run_recipe(folder, plugins=plugins)
                if isinstance(recipe.steps, str):  # the run's own recipe has numbers in place of epochs and shares
                    recipe = in_steps(recipe, dataset_size=read_facts(folder.data).size, plugins=plugins)
                recipe = continued(known, recipe, run=folder.path)
                return _go_on(folder, recipe, plugins, console, device=device, group=group)
            if group.is_main:
                folder.require_free(to_yaml(recipe))
            session = Session(folder, recipe, plugins, console, device=device, group=group)
            audit_gradients(session.state)
            with folder.locked(group):
                if group.is_main:
                    folder.create(to_yaml(session.recipe), facts_of(session.data), plugin_files=plugins.files)
                _restore(session, None)
                return _run(session, first_step=0, is_over=is_over)


def resume(
    run: Path,
    *,
    steps: int | None = None,
    overrides: Sequence[str] = (),
    fork: Path | None = None,
    plugins: Plugins | None = None,
    console: Console | None = None,
) -> RunResult:
    """Go on with a run from its newest whole checkpoint, to its recipe's steps or to `steps`.

    Args:
        steps: short for the override `steps=N`.
        overrides: changes to its recipe, as `load_recipe` takes them: the steps and the device, others only in a fork.
        fork: a new run folder that begins as a copy of this run and may differ in its recipe.

    Raises:
        GanlabError: there is no run, every checkpoint is damaged, the folder is in use, `steps` is behind already, or
            the recipe is changed without a fork.
        Interrupted: as `train`.
    """
    folder = RunFolder(run)
    folder.require()
    plugins = plugins or load_plugins()
    changes = [*overrides, *([] if steps is None else [f"steps={steps}"])]
    recipe = load_run_recipe(folder, overrides=changes, plugins=plugins)
    known = load_recipe(folder.recipe, plugins=plugins)
    device = choose_device(recipe.device)
    if fork is None:
        require_same(known, recipe, allowed=("steps", "device"), run=run)
    with process_group(device) as group, resource_errors(folder.path, recipe):
        if fork is not None:
            if group.is_main:
                _require_fork(folder, Session(RunFolder(fork), recipe, plugins, None, device=device))
                fork_run(folder, RunFolder(fork), recipe, plugins=plugins, changed=differences(known, recipe))
            folder = RunFolder(Path(group.agreed(str(fork))))
        with resource_errors(folder.path, recipe):
            return _go_on(folder, recipe, plugins, console, device=device, group=group)


def _require_fork(source: RunFolder, session: Session) -> None:
    """Check that a session can go on from a run's newest checkpoint, before anything of it is written."""
    source.refuse_links()
    audit_gradients(session.state)
    if (checkpoint := newest_checkpoint(source.checkpoints)) is not None:
        _require_steps(session, checkpoint.number, taken_by=source)
        load_weights(checkpoint, session.state.model)
        load_learning_state(checkpoint.folder, session.state.players)


def _require_steps(session: Session, taken: int, *, taken_by: RunFolder) -> None:
    if (steps := session.recipe.total_steps) < taken:
        raise GanlabError(f"steps: {steps} is less than the {taken} that {taken_by.path} has taken; ask for more")


def _go_on(
    folder: RunFolder,
    recipe: Recipe,
    plugins: Plugins,
    console: Console | None,
    *,
    device: torch.device,
    group: ProcessGroup,
) -> RunResult:
    """A run's remaining steps from its newest whole checkpoint, under the folder's lock."""
    folder.refuse_links()
    with folder.locked(group):
        checkpoint = _newest(folder, group)
        first_step = 0 if checkpoint is None else checkpoint.number
        session = Session(folder, recipe, plugins, console, device=device, group=group)
        _require_steps(session, first_step, taken_by=folder)
        require_same_data(session.data, read_facts(folder.data), folder.path)
        if group.is_main:
            folder.write_recipe(to_yaml(session.recipe))
        _restore(session, checkpoint)
        return _run(session, first_step=first_step)


def _run(session: Session, *, first_step: int, is_over: IsOver | None = None) -> RunResult:
    """The steps that are left; what is not finite may lead back to the last checkpoint, with lower learning rates."""
    try:
        result = session.run(first_step=first_step, is_over=is_over)
        _ = session.group.agreed(None)  # one that left while others still talk would take them with it
        return result
    except NonFiniteError as error:
        if session.recipe.on_nonfinite != "rollback":
            raise
        checkpoint = _newest(session.folder, session.group)
        first_step = 0 if checkpoint is None else checkpoint.number
        if session.group.is_main:
            note_rollback(session.folder.rollbacks, to=first_step, error=error)
    session = Session(
        session.folder,
        session.recipe,
        session.plugins,
        session.console,
        device=session.state.device,
        group=session.group,
    )
    _restore(session, checkpoint)
    return _run(session, first_step=first_step, is_over=is_over)


def _newest(folder: RunFolder, group: ProcessGroup) -> Checkpoint | None:
    """The newest whole checkpoint, the same one for every process; damaged ones are set aside."""
    found = newest_checkpoint(folder.checkpoints, set_aside=True) if group.is_main else None
    name = group.agreed(None if found is None else found.folder.name)
    return None if name is None else Checkpoint(folder.checkpoints / name, int(name))


def _restore(session: Session, checkpoint: Checkpoint | None) -> None:
    """A checkpoint's state, or the recipe's first one, and the learning rates that rollbacks have left."""
    _ = session.group.agreed(None)  # all see what the first process wrote
    rollbacks = read_rollbacks(session.folder.rollbacks)
    scale = rollbacks[-1].learning_rate_scale if rollbacks else 1.0
    if checkpoint is not None:
        load_weights(checkpoint, session.state.model)
        load_learning_state(checkpoint.folder, session.state.players, learning_rate_scale=scale)
        return
    seed_random_states(session.recipe.seed)
    for player in session.state.players.values():
        for group in player.optimiser.param_groups:
            group["lr"] *= scale


def _stem(recipe: Recipe) -> str:
    """A run's name where the user gives none: data set, class code, seed."""
    code = recipe.prior.get("code")
    return "-".join([recipe.dataset.use, *([code.use] if code else []), f"seed{recipe.seed}"])
