"""`train` and `resume`: from a recipe, or from a run folder, to a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.difference import MAY_CHANGE, continued, differences, require_same
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import load_weights, newest_checkpoint
from ganlab_core.runs.data_facts import read_facts, require_same_data, require_same_features
from ganlab_core.runs.folder import RunFolder, free_name
from ganlab_core.runs.frozen_recipe import load_run_recipe
from ganlab_core.system.device import choose_device
from ganlab_core.system.process_group import ProcessGroup, process_group
from ganlab_core.training.audit import audit_gradients
from ganlab_core.training.fork import fork_run
from ganlab_core.training.learning_state import load_learning_state
from ganlab_core.training.loop import IsOver, RunResult, loop
from ganlab_core.training.resources import resource_errors
from ganlab_core.training.restoring import newest, restored
from ganlab_core.training.session import Session, Surroundings, build_session


def train(
    recipe: Recipe,
    *,
    run: Path | None = None,
    or_resume: bool = False,
    is_over: IsOver | None = None,
    pause: IsOver | None = None,
    plugins: Plugins | None = None,
    console: Console | None = None,
    observers: Sequence[object] = (),
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
        pause: asked after each step of a new run, as `is_over` is; where it is true a checkpoint is written, and the
            call returns with the run not at its end and nothing evaluated. `resume` goes on with it, to the same bits.
        plugins: those that the recipe was checked with; loaded afresh if left out.
        console: where progress goes; nowhere if left out.
        observers: objects with lifecycle hooks, as plugins yield them from `ganlab_observers`; what they raise ends
            the run.

    Raises:
        GanlabError: bad input, a folder in use, or a loss that is not finite; the text says what to do.
        Interrupted: SIGINT or SIGTERM; a checkpoint of the last whole step was written.
    """
    plugins = plugins or load_plugins()
    device = choose_device(recipe.device)
    with process_group(device) as group:
        around = _around(plugins, device=device, group=group, console=console, observers=observers)
        folder = RunFolder(Path(group.agreed(str(run or free_name(Path("runs"), _stem(recipe))))))
        with resource_errors(folder.path, recipe):
            if or_resume and group.agreed(folder.recipe.exists()):
                known = load_run_recipe(folder, plugins=plugins)
                if isinstance(recipe.steps, str):  # the run's own recipe has numbers in place of epochs and shares
                    recipe = in_steps(recipe, dataset_size=read_facts(folder.data).size, plugins=plugins)
                recipe = continued(known, recipe, run=folder.path)
                with _going_on(folder, recipe, around) as session:
                    return loop(session)
            with _begun(folder, recipe, around) as session:
                return loop(session, is_over=is_over, pause=pause)


def resume(
    run: Path,
    *,
    steps: int | None = None,
    overrides: Sequence[str] = (),
    fork: Path | None = None,
    unused: Sequence[str] = (),
    is_over: IsOver | None = None,
    pause: IsOver | None = None,
    plugins: Plugins | None = None,
    console: Console | None = None,
    observers: Sequence[object] = (),
) -> RunResult:
    """Go on with a run from its newest whole checkpoint, to its recipe's steps or to `steps`.

    Args:
        steps: short for the override `steps=N`.
        overrides: changes to its recipe, as `load_recipe` takes them: the steps and the device, others only in a fork.
        fork: a new run folder that begins as a copy of this run and may differ in its recipe.
        unused: keys that may change without a fork as well, such as the start of a loss that has not begun: the caller
            knows that no step has made use of them, so that the run is as if it had begun with its changed recipe.
        is_over: asked after each step that is taken here, and as `train` otherwise.
        pause: asked after each step that is taken here, and as `train` otherwise.
        plugins: as `train`.
        console: as `train`.
        observers: as `train`.

    Raises:
        GanlabError: there is no run, every checkpoint is damaged, the folder is in use, `steps` is behind already, or
            the recipe is changed in other keys without a fork.
        Interrupted: as `train`.
    """
    folder = RunFolder(run)
    folder.require()
    plugins = plugins or load_plugins()
    changes = [*overrides, *([] if steps is None else [f"steps={steps}"])]
    recipe = load_run_recipe(folder, overrides=changes, plugins=plugins)
    known = load_recipe(folder.recipe, lenient=True, plugins=plugins)
    device = choose_device(recipe.device)
    if fork is None:
        require_same(known, recipe, allowed=(*MAY_CHANGE, *unused), run=run)
    with process_group(device) as group, resource_errors(folder.path, recipe):
        around = _around(plugins, device=device, group=group, console=console, observers=observers)
        if fork is not None:
            if group.is_main:
                _require_fork(folder, RunFolder(fork), recipe, replace(around, group=ProcessGroup()))
                fork_run(folder, RunFolder(fork), recipe, plugins=plugins, changed=differences(known, recipe))
            folder = RunFolder(Path(group.agreed(str(fork))))
        with resource_errors(folder.path, recipe), _going_on(folder, recipe, around) as session:
            return loop(session, is_over=is_over, pause=pause)


def _around(plugins: Plugins, *, group: ProcessGroup, console: Console | None, **others: Any) -> Surroundings:
    return Surroundings(plugins=plugins, group=group, console=console if group.is_main else None, **others)


@contextmanager
def _begun(folder: RunFolder, recipe: Recipe, around: Surroundings) -> Iterator[Session]:
    """A new run: its folder laid out and locked."""
    group = around.group
    if group.is_main:
        folder.require_free(to_yaml(recipe))
    session = build_session(folder, recipe, around)
    session.evaluator.require(session.state.model)
    audit_gradients(session.state)
    with folder.locked(group):
        if group.is_main:
            folder.create(to_yaml(session.recipe), session.facts, plugin_files=around.plugins.files)
        yield restored(session, None)


@contextmanager
def _going_on(folder: RunFolder, recipe: Recipe, around: Surroundings) -> Iterator[Session]:
    """A run at its newest whole checkpoint, under the folder's lock."""
    folder.refuse_links()
    with folder.locked(around.group):
        checkpoint = newest(folder, around.group)
        session = build_session(folder, recipe, around)
        session.evaluator.require(session.state.model)
        _require_steps(session, 0 if checkpoint is None else checkpoint.number, taken_by=folder)
        facts = read_facts(folder.data)
        require_same_data(session.data, facts, folder.path)
        require_same_features(session.facts.features, facts.features, folder.path)
        if around.group.is_main:
            folder.write_recipe(to_yaml(session.recipe))
        yield restored(session, checkpoint)


def _require_fork(source: RunFolder, target: RunFolder, recipe: Recipe, around: Surroundings) -> None:
    """Check that a fork can go on from a run's newest checkpoint, before anything of it is written."""
    session = build_session(target, recipe, around)
    session.evaluator.require(session.state.model)
    source.refuse_links()
    audit_gradients(session.state)
    if (checkpoint := newest_checkpoint(source.checkpoints)) is not None:
        _require_steps(session, checkpoint.number, taken_by=source)
        load_weights(checkpoint, session.state.model)
        load_learning_state(checkpoint.folder, session.state.players)


def _require_steps(session: Session, taken: int, *, taken_by: RunFolder) -> None:
    if (steps := session.recipe.total_steps) < taken:
        raise GanlabError(f"steps: {steps} is less than the {taken} that {taken_by.path} has taken; ask for more")


def _stem(recipe: Recipe) -> str:
    """A run's name where the user gives none: data set, class code, seed."""
    code = recipe.prior.get("code")
    return "-".join([recipe.dataset.use, *([code.use] if code else []), f"seed{recipe.seed}"])
