"""`train` and `resume`: from a recipe, or from a run folder, to a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.difference import MAY_CHANGE, continued, differences, moved, require_same
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.recipe.load import load_recipe
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.checkpoint import Checkpoint, load_weights, read_newest, weights_size
from ganlab_core.runs.data_facts import (
    read_facts,
    require_same_data,
    require_same_features,
    require_same_judge,
    require_same_size,
    tell_other_features,
)
from ganlab_core.runs.folder import RunFolder, given_back, new_run_folder
from ganlab_core.runs.frozen_recipe import load_run_recipe
from ganlab_core.runs.module_states import require_storable
from ganlab_core.system.device import choose_device
from ganlab_core.system.process_group import ProcessGroup, process_group
from ganlab_core.system.signals import leading_on
from ganlab_core.training.as_begun import as_begun
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
        Interrupted: SIGINT, SIGTERM or SIGHUP; a checkpoint of the last whole step was written.
    """
    plugins = plugins or load_plugins()
    device = choose_device(recipe.device)
    with process_group(device) as group, _place(run, recipe, group) as folder:
        around = _around(plugins, device=device, group=group, console=console, observers=observers)
        begins = partial(as_begun, device=device, group=group)
        with resource_errors(folder.path, recipe):
            if or_resume and group.agreed(folder.recipe.exists()):
                known = load_run_recipe(folder, plugins=plugins)
                if isinstance(recipe.steps, str):  # the run's own recipe has numbers in place of epochs and shares
                    recipe = in_steps(recipe, dataset_size=read_facts(folder.data).size, plugins=plugins)
                recipe = continued(known, recipe, run=folder.path)
                with begins(folder, recipe, plugins), _going_on(folder, recipe, around) as session:
                    return loop(session)
            with (
                begins(None, recipe, plugins) as process,
                _begun(folder, recipe, replace(around, process=process)) as session,
            ):
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
        overrides: changes to its recipe, as `load_recipe` takes them: steps, device, threads, and where its files lie
            by now, which must hold what they held; others only in a fork.
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
    plugins = plugins or load_plugins()
    changes = [*overrides, *([] if steps is None else [f"steps={steps}"])]
    recipe = load_run_recipe(folder, overrides=changes, plugins=plugins)
    known = load_recipe(folder.recipe, lenient=True, alone=True, plugins=plugins)
    require_same_size(known, read_facts(folder.data), run, plugins=plugins)
    device = choose_device(recipe.device)
    if fork is None:
        require_same(known, recipe, allowed=(*MAY_CHANGE, *moved(known, recipe), *unused), run=run)
    with (
        process_group(device) as group,
        resource_errors(folder.path, recipe),
        as_begun(folder, recipe, plugins, device=device, group=group) as process,
    ):
        around = _around(plugins, device=device, group=group, console=console, observers=observers)
        if fork is not None:
            if group.is_main:
                _require_fork(folder, RunFolder(fork), recipe, replace(around, group=ProcessGroup()))
                fork_run(
                    folder,
                    RunFolder(fork),
                    recipe,
                    plugins=plugins,
                    changed=differences(known, recipe),
                    process=process,
                )
            folder = RunFolder(Path(group.agreed(str(fork))))
        with resource_errors(folder.path, recipe), _going_on(folder, recipe, around) as session:
            return loop(session, is_over=is_over, pause=pause)


def _around(plugins: Plugins, *, group: ProcessGroup, console: Console | None, **others: Any) -> Surroundings:
    return Surroundings(plugins=plugins, group=group, console=console if group.is_main else None, **others)


@contextmanager
def _place(run: Path | None, recipe: Recipe, group: ProcessGroup) -> Iterator[RunFolder]:
    """The folder that the user named, or a new one, which is gone again where no run began in it."""
    if run is not None:
        yield RunFolder(run)
        return
    taken = new_run_folder(None, stem=_stem(recipe)) if group.is_main else None
    folder = RunFolder(Path(group.agreed(str(taken))))
    with given_back(taken):
        yield folder


@contextmanager
def _begun(folder: RunFolder, recipe: Recipe, around: Surroundings) -> Iterator[Session]:
    """A new run: its folder laid out and locked."""
    group = around.group
    if group.is_main:
        folder.require_free(to_yaml(recipe))
    session = build_session(folder, recipe, around, may_download=True)
    session.evaluator.require(session.state.model)
    audit_gradients(session.state)
    require_storable(session.state.model)
    with folder.locked(group):
        if group.is_main:
            recipe_yaml, files = to_yaml(session.recipe), around.plugins.files
            folder.create(recipe_yaml, session.facts, process=around.process, plugin_files=files)
        with leading_on(folder.path):
            yield restored(session, None)


@contextmanager
def _going_on(folder: RunFolder, recipe: Recipe, around: Surroundings) -> Iterator[Session]:
    """A run at its newest whole checkpoint, under the folder's lock."""
    folder.require()
    with folder.locked(around.group), leading_on(folder.path):
        checkpoint = newest(folder, around.group)
        most = None if checkpoint is None else weights_size(checkpoint)
        session = build_session(folder, recipe, around, most=most)
        session.evaluator.require(session.state.model)
        _require_steps(session, 0 if checkpoint is None else checkpoint.number, taken_by=folder)
        facts = read_facts(folder.data)
        require_same_data(session.data, facts, folder.path)
        require_same_features(session.facts.features, facts.features, folder.path)
        require_same_judge(session.facts.judge, facts, folder.path)
        if around.group.is_main:
            tell_other_features(session.facts, facts, folder.path)
        if around.group.is_main:
            folder.write_recipe(to_yaml(session.recipe))
        yield restored(session, checkpoint)


def _require_fork(source: RunFolder, target: RunFolder, recipe: Recipe, around: Surroundings) -> None:
    """Check that a fork can go on from a run's newest checkpoint, before anything of it is written."""
    source.refuse_links()
    target.require_free(to_yaml(recipe))
    most = read_newest(source.checkpoints, weights_size)
    session = build_session(target, recipe, around, most=most)
    session.evaluator.require(session.state.model)
    audit_gradients(session.state)

    def load(checkpoint: Checkpoint) -> None:
        _require_steps(session, checkpoint.number, taken_by=source)
        load_weights(checkpoint, session.state.model)
        load_learning_state(checkpoint.folder, session.state.players)

    read_newest(source.checkpoints, load)


def _require_steps(session: Session, taken: int, *, taken_by: RunFolder) -> None:
    if (steps := session.recipe.total_steps) < taken:
        raise GanlabError(f"steps: {steps} is less than the {taken} that {taken_by.path} has taken; ask for more")


def _stem(recipe: Recipe) -> str:
    """A run's name where the user gives none: data set, class code, seed."""
    code = recipe.prior.get("code")
    return "-".join([recipe.dataset.use, *([code.use] if code else []), f"seed{recipe.seed}"])
