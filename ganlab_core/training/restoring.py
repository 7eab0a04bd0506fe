"""A session brought to the state that its first step needs: a checkpoint's, or that of a run's beginning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.checkpoint import Checkpoint, drop_newer, load_weights, newest_checkpoint
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.origin import read_origin
from ganlab_core.runs.rollbacks import read_rollbacks
from ganlab_core.system.process_group import ProcessGroup
from ganlab_core.system.random_states import seed_random_states
from ganlab_core.training.learning_state import load_learning_state
from ganlab_core.training.nonfinite import NonFiniteError, note_rollback, require_rollback
from ganlab_core.training.session import Session, build_session


def newest(
    folder: RunFolder, group: ProcessGroup, *, among: Callable[[int], bool] = lambda number: True
) -> Checkpoint | None:
    """The newest whole checkpoint, the same one for every process; damaged ones are set aside.

    Args:
        among: as `newest_checkpoint`.
    """
    found = newest_checkpoint(folder.checkpoints, set_aside=True, among=among) if group.is_main else None
    name = group.agreed(None if found is None else found.folder.name)
    return None if name is None else Checkpoint(folder.checkpoints / name, int(name))


def restored(session: Session, checkpoint: Checkpoint | None) -> Session:
    """A checkpoint's state, or the recipe's first one, and the learning rates that rollbacks have left."""
    session.group.agreed(None)  # all see what the first process wrote
    rollbacks = read_rollbacks(session.folder.rollbacks)
    scale = rollbacks[-1].learning_rate_scale if rollbacks else 1.0
    if checkpoint is not None:
        load_weights(checkpoint, session.state.model)
        load_learning_state(checkpoint.folder, session.state.players, learning_rate_scale=scale, skips=session.skips)
        return replace(session, first_step=checkpoint.number)
    seed_random_states(session.recipe.seed)
    for player in session.state.players.values():
        for group in player.optimiser.param_groups:
            group["lr"] *= scale
    return session


def last_whole(session: Session, error: NonFiniteError) -> Checkpoint | None:
    """Where a run goes back to from a step that was not finite, where its recipe asks for that; noted for a resume.

    That is the newest checkpoint that it would have if nobody had stopped it. Newer ones, which a signal or a pause
    left, go, before it is noted: a process that is killed in between meets the same step again.

    Raises:
        NonFiniteError: the recipe does not, or it was tried often enough.
    """
    if session.recipe.on_nonfinite != "rollback":
        raise error
    folder = session.folder
    require_rollback(folder.rollbacks, error)
    checkpoint = newest(folder, session.group, among=_would_be_there(session))
    number = 0 if checkpoint is None else checkpoint.number
    if session.group.is_main:
        drop_newer(folder.checkpoints, than=number)
        note_rollback(folder.rollbacks, to=number, error=error)
    return checkpoint


def _would_be_there(session: Session) -> Callable[[int], bool]:
    """Whether a run that nobody stopped has a checkpoint of so many steps: that are due, the best, a fork's first."""
    settings, origin = session.recipe.checkpoint, read_origin(session.folder.origin)
    others = {*BestCheckpoint(session.folder.checkpoints, settings).numbers, *([origin.step] if origin else ())}
    return lambda number: settings.are_due(number) or number in others


def rolled_back(session: Session, checkpoint: Checkpoint | None) -> Session:
    """The session built anew, at a checkpoint or its beginning, with the learning rates that rollbacks have left."""
    if session.group.is_main:
        session.folder.write_recipe(to_yaml(session.recipe))  # a step that was to be the last one is not
    return restored(build_session(session.folder, session.recipe, session.around), checkpoint)
