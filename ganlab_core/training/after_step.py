"""What happens after a step: log, evaluate, save, tell. Of several processes the first one does most of it."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from ganlab_core.evaluation.collapse import Health
from ganlab_core.evaluation.embedding import embed_sample
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.evaluation import single_numbers
from ganlab_core.interface.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
from ganlab_core.interface.shell import shell_command
from ganlab_core.plugins.observers import Observers, observing
from ganlab_core.recipe.freeze import to_yaml
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.checkpoint import drop_older, save_checkpoint
from ganlab_core.runs.untold import Untold, note_untold, read_untold
from ganlab_core.system.atomic import write_whole
from ganlab_core.system.dispensable import dispensable
from ganlab_core.system.random_states import kept_random_states
from ganlab_core.system.signals import Interrupted
from ganlab_core.training.grids import draw_grids
from ganlab_core.training.learning_state import learning_state
from ganlab_core.training.nonfinite import NonFiniteError, require_finite_weights
from ganlab_core.training.session import Session

log = logging.getLogger(__name__)


@contextmanager
def watched(session: Session) -> Iterator[AfterStep]:
    """Inside, what is due after a step is done, and the run's observers are told, until it ends, however that comes."""
    if not session.group.is_main:
        yield AfterStep(session, None)
        return
    untold = read_untold(session.folder.untold, session.first_step)
    started = RunStarted(
        folder=session.folder.path,
        recipe=session.recipe.model_dump(mode="json"),
        first_step=session.first_step - (untold is not None),  # what they heard of that step may be half of it
        steps=session.recipe.total_steps,
        device=str(session.around.device),
        facts=session.facts,
        class_code=session.state.model.prior.class_code,
        console=session.around.console,
    )
    with observing(session.around.plugins, started, more=session.around.observers) as observers:
        observers.tell("ganlab_run_started", started)
        after = AfterStep(session, observers)
        if untold is not None:
            after.tell_again(untold)
        yield after


class AfterStep:
    """Called after each step, with the number of those that are done.

    Args:
        observers: who is told; None in all processes but the first.

    Attributes:
        is_paused: whether the run stopped after the step, not at its end.
    """

    def __init__(self, session: Session, observers: Observers | None) -> None:
        self._session = session
        self._observers = observers
        self._model = session.state.model
        self._steps = session.recipe.total_steps
        self._best = BestCheckpoint(session.folder.checkpoints, session.recipe.checkpoint)
        self._saved = session.first_step
        self._evaluation: dict[str, Any] = {}
        self.is_paused = False

    def __call__(
        self,
        done: int,
        scalars: Mapping[str, Tensor],
        *,
        is_over: Callable[[int], bool] | None,
        pause: Callable[[int], bool] | None,
        stop_request: Callable[[], int | None],
    ) -> None:
        """Do what is due after `done` steps: the checkpoint first, which nothing that fails after it can cost.

        Args:
            scalars: what the step gave.
            is_over: whether the run is to end here.
            pause: whether it is to stop here and go on later.
            stop_request: the signal that asked to stop, None if none did.

        Raises:
            NonFiniteError: a weight is not finite, and would be measured or saved.
            GanlabError: a metric fails, or the recipe stops at a collapse and there is one; the checkpoint is written.
            Interrupted: a signal asked to stop; the checkpoint is written.
        """
        session = self._session
        if is_over is not None and session.group.any(is_over(done)):
            self._end_at(done)
        if self._due(done, session.recipe.evaluation.every):
            require_finite_weights(self._model, done)  # here, where all processes see the same
        logged = {name: value.item() for name, value in scalars.items()} if self.logs(done) else {}
        watches = self._watches(done, logged)
        if self._due(done, session.recipe.checkpoint.every):
            self._save(done, untold=logged if watches else None)
        if watches and session.group.is_main:
            self._watch(done, logged)
        self.is_paused = pause is not None and session.group.any(pause(done)) and not self.is_last(done)
        signal_number = stop_request()
        stopped = session.group.any(signal_number is not None)
        if stopped or self.is_paused:
            self._save(done)
        if self.is_paused and not stopped:  # nobody asks after this step what came while it was saved
            signal_number = stop_request()
            stopped = session.group.any(signal_number is not None)
        if stopped:  # of the last step too: a run that goes on from there evaluates it
            raise Interrupted(signal_number or signal.SIGTERM, folder=session.folder.path)

    def tell_again(self, untold: Untold) -> None:
        """Evaluate and tell what a run that ended in between had saved and not told."""
        if self._watches(untold.number, untold.scalars):
            self._watch(untold.number, untold.scalars)

    def is_last(self, done: int) -> bool:
        """Whether the run ends after `done` steps."""
        return done == self._steps

    def logs(self, done: int) -> bool:
        """Whether the step that makes `done` of them is logged."""
        return self._due(done, self._session.recipe.log.every)

    def finish(self) -> dict[str, Any]:
        """Keep the last evaluation, tell of it, and return it; empty in all processes but the first."""
        session = self._session
        if not session.group.is_main:
            return {}
        evaluation = self._evaluation or session.evaluator(self._model)
        write_whole(session.folder.evaluation, json.dumps(evaluation, indent=2) + "\n")
        features_ND, embedding = session.state.batches.features_ND, None
        with dispensable("the embedding of a sample of the images"):
            embedding = embed_sample(self._model, session.data, seed=session.recipe.seed, features_ND=features_ND)
        finished = RunFinished(
            folder=session.folder.path, number=self._steps, evaluation=evaluation, embedding=embedding
        )
        self._tell("ganlab_run_finished", finished)
        return evaluation

    def _due(self, done: int, every: int) -> bool:
        return self.is_last(done) or (every > 0 and done % every == 0)

    def _end_at(self, done: int) -> None:
        """Make this step the last one: the recipe in the folder is that of a run of so many steps."""
        self._steps = done
        if self._session.group.is_main:
            shorter = self._session.recipe.model_copy(update={"steps": done})
            self._session.folder.write_recipe(to_yaml(shorter))

    def _watches(self, done: int, logged: Mapping[str, float]) -> bool:
        """Whether there is anything to evaluate, draw or tell after a step."""
        recipe = self._session.recipe
        return bool(logged) or self._due(done, recipe.evaluation.every) or self._due(done, recipe.samples.every)

    def _watch(self, done: int, logged: Mapping[str, float]) -> None:
        """Evaluate, draw and tell what is due after a step; if that fails the step is saved, to be told at a resume."""
        signs: tuple[str, ...] = ()
        try:
            with kept_random_states():  # what is saved before is what goes on after
                if self._due(done, self._session.recipe.evaluation.every):
                    signs = self._evaluate_and_tell(done, logged)
                else:
                    self._report(done, logged)
        except NonFiniteError:
            raise
        except Exception as error:
            kept = self._rescue(done, logged)
            if kept and isinstance(error, GanlabError):
                raise GanlabError(f"{error}. {kept}") from error
            raise
        self._session.folder.untold.unlink(missing_ok=True)
        self._tell_collapse(done, signs)

    def _rescue(self, done: int, logged: Mapping[str, float]) -> str:
        """Save a step of which something else failed; what is kept and how to go on, empty if it cannot be saved."""
        try:
            self._save(done, untold=logged)
        except Exception as error:  # what failed first says more
            log.warning("%s", error)
            return ""
        resume = ("ganlab", "train", "--resume", self._session.folder.path)
        without = shell_command(*resume, "--fork", "NEW", "--set", "~metrics.NAME")
        return (
            f"Checkpoint {done} is kept. Mend this and go on with: {shell_command(*resume)} (or leave something out in "
            f"a fork: {without})"
        )

    def _evaluate_and_tell(self, done: int, logged: Mapping[str, float]) -> tuple[str, ...]:
        session = self._session
        self._evaluation = session.evaluator(self._model)
        health = Health(figures={}, signs=())
        with dispensable(f"the look for a collapse after {done} steps"):
            health = session.collapse(self._model, number=done)
        figures = {f"evaluation/{name}": float(value) for name, value in single_numbers(self._evaluation).items()}
        self._report(done, {**logged, **figures, **health.figures})
        if self._best.takes(self._evaluation, done):
            self._save(done)
        return health.signs

    def _report(self, done: int, scalars: Mapping[str, float]) -> None:
        """Tell the observers what is due after a step."""
        session = self._session
        images = draw_grids(session, done) if self._due(done, session.recipe.samples.every) else {}
        if scalars or images:
            factors = self._model.prior.categorical
            event = StepFinished(
                folder=session.folder.path,
                number=done,
                steps=self._steps,
                scalars=scalars,
                vectors={f"prior/{name}": factor.probabilities().detach().cpu() for name, factor in factors.items()},
                images=images,
            )
            self._tell("ganlab_step_finished", event)

    def _tell_collapse(self, done: int, signs: Sequence[str]) -> None:
        """Warn of a collapse, or stop at it."""
        if not signs:
            return
        text = f"step {done}: " + "; ".join(signs)
        if self._session.recipe.on_collapse == "stop":
            self._save(done)
            raise GanlabError(f"{text}. Stopped, since on_collapse is stop; checkpoint {done} holds it")
        log.warning("%s", text)

    def _save(self, done: int, *, untold: Mapping[str, float] | None = None) -> None:
        """Write a checkpoint, unless there is one of this step already.

        Args:
            untold: what the step gave, where it is to be told after this.
        """
        require_finite_weights(self._model, done)
        session = self._session
        if not session.group.is_main:
            return
        settings = session.recipe.checkpoint
        kept: dict[str, Any] = {"keep": settings.keep, "spared": self._best.numbers, "is_due": settings.are_due}
        if self._saved == done:
            drop_older(session.folder.checkpoints, **kept)  # another one may be the best by now
            return
        if untold is not None:
            note_untold(session.folder.untold, done, untold)
        learning = learning_state(session.state.players, skips=session.skips)
        folder = save_checkpoint(session.folder.checkpoints, number=done, model=self._model, learning=learning, **kept)
        self._saved = done
        self._tell("ganlab_checkpoint_saved", CheckpointSaved(folder=folder, number=done))

    def _tell(self, hook_name: str, event: object) -> None:
        assert self._observers is not None
        self._observers.tell(hook_name, event)
