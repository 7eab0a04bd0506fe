"""A session brought to the state that its first step needs: a checkpoint's, or that of a run's beginning."""

from __future__ import annotations

from dataclasses import replace

from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.checkpoint import Checkpoint, load_weights, newest_checkpoint
from ganlab_core.runs.folder import RunFolder
from ganlab_core.runs.rollbacks import read_rollbacks
from ganlab_core.system.process_group import ProcessGroup
from ganlab_core.system.random_states import seed_random_states
from ganlab_core.training.learning_state import load_learning_state
from ganlab_core.training.nonfinite import NonFiniteError, note_rollback
from ganlab_core.training.session import Session, build_session


def newest(folder: RunFolder, group: ProcessGroup) -> Checkpoint | None:
    """The newest whole checkpoint, the same one for every process; damaged ones are set aside."""
    found = newest_checkpoint(folder.checkpoints, set_aside=True) if group.is_main else None
    name = group.agreed(None if found is None else found.folder.name)
    return None if name is None else Checkpoint(folder.checkpoints / name, int(name))


def restored(session: Session, checkpoint: Checkpoint | None) -> Session:
    """A checkpoint's state, or the recipe's first one, and the learning rates that rollbacks have left."""
    session.group.agreed(None)  # all see what the first process wrote
    rollbacks = read_rollbacks(session.folder.rollbacks)
    scale = rollbacks[-1].learning_rate_scale if rollbacks else 1.0
    if checkpoint is not None:
        load_weights(checkpoint, session.state.model)
        load_learning_state(checkpoint.folder, session.state.players, learning_rate_scale=scale)
        return replace(session, first_step=checkpoint.number)
    seed_random_states(session.recipe.seed)
    for player in session.state.players.values():
        for group in player.optimiser.param_groups:
            group["lr"] *= scale
    return session


def last_whole(session: Session, error: NonFiniteError) -> Checkpoint | None:
    """Where a run goes back to from a step that was not finite, where its recipe asks for that; noted for a resume.

    Raises:
        NonFiniteError: the recipe does not, or it was tried often enough.
    """
    if session.recipe.on_nonfinite != "rollback":
        raise error
    checkpoint = newest(session.folder, session.group)
    if session.group.is_main:
        note_rollback(session.folder.rollbacks, to=0 if checkpoint is None else checkpoint.number, error=error)
    return checkpoint


def rolled_back(session: Session, checkpoint: Checkpoint | None) -> Session:
    """The session built anew, at a checkpoint or its beginning, with the learning rates that rollbacks have left."""
    if session.group.is_main:
        session.folder.write_recipe(to_yaml(session.recipe))  # a step that was to be the last one is not
    return restored(build_session(session.folder, session.recipe, session.around), checkpoint)
