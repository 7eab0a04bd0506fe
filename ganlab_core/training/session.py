"""A run in this process: what was built for it, the loop over its steps, and who watches them."""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from rich.console import Console
from torch import Tensor

from ganlab_core.evaluation.collapse import CollapseDetector
from ganlab_core.evaluation.embedding import embed_sample
from ganlab_core.image_files.write import save_png
from ganlab_core.interface.data_facts import facts_of
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.evaluation import single_numbers
from ganlab_core.interface.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
from ganlab_core.plugins import Plugins
from ganlab_core.recipe import to_yaml
from ganlab_core.recipe.build import build_data, build_evaluator, build_model
from ganlab_core.recipe.epochs import in_steps
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.checkpoint import save_checkpoint
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.atomic import write_whole
from ganlab_core.system.process_group import ALONE, ProcessGroup
from ganlab_core.system.signals import Interrupted, stop_requests
from ganlab_core.training.batches import Batches
from ganlab_core.training.learning_state import learning_state
from ganlab_core.training.nonfinite import NonFiniteError, Skips, require_finite_weights
from ganlab_core.training.observers.console import ConsoleProgress
from ganlab_core.training.observers.metrics_file import MetricsFile
from ganlab_core.training.observers.proportions import ProportionsPicture
from ganlab_core.training.observers.tensorboard import TensorBoard
from ganlab_core.training.players import build_players
from ganlab_core.training.step import TrainState, train_step
from ganlab_core.traversal.codes import traversal_grid, traversals, traverse
from ganlab_core.traversal.grid import sample_grid

log = logging.getLogger(__name__)

IsOver: TypeAlias = Callable[[int], bool]
Observer: TypeAlias = MetricsFile | TensorBoard | ProportionsPicture | ConsoleProgress


@dataclass(frozen=True)
class RunResult:
    """Where a finished run lies, its last evaluation by key, and its wall-clock seconds."""

    folder: Path
    evaluation: dict[str, Any]
    seconds: float


class Session:
    """Builds data, model, players and metrics of a recipe, and runs its steps.

    Raises:
        GanlabError: the parts do not fit one another, the data or the device.
    """

    def __init__(
        self,
        folder: RunFolder,
        recipe: Recipe,
        plugins: Plugins,
        console: Console | None,
        *,
        device: torch.device,
        group: ProcessGroup = ALONE,
    ) -> None:
        self.folder, self.plugins, self.group = folder, plugins, group
        self.console = console if group.is_main else None
        self.data = build_data(recipe.dataset, plugins)
        self.recipe = recipe = in_steps(recipe, dataset_size=len(self.data), plugins=plugins)
        self.evaluator = build_evaluator(recipe, self.data, plugins, device=device)
        self.collapse = CollapseDetector(self.data, steps=recipe.total_steps, seed=recipe.seed)
        self.best = BestCheckpoint(folder.checkpoints, recipe.checkpoint)
        model = build_model(recipe, facts_of(self.data), plugins, device=device)
        self.skips = Skips(model)
        self._saved = 0
        self.state = TrainState(
            recipe=recipe,
            model=model,
            players=build_players(recipe, model),
            batches=Batches(self.data, batch_size=recipe.batch_size, seed=recipe.seed, device=device, group=group),
            device=device,
            group=group,
        )

    def run(self, *, first_step: int, is_over: IsOver | None = None) -> RunResult:
        """Take the steps that are left; observers watch until the end, however it comes.

        Args:
            is_over: as `train`.

        Raises:
            NonFiniteError: a loss, a gradient or a weight is not finite, and the recipe does not leave such steps out.
            GanlabError: the disk or the memory is full, or an evaluation finds a collapse that the recipe stops at.
            Interrupted: a signal asked to stop.
        """
        started = time.perf_counter()
        observers = self._observers() if self.group.is_main else {}
        with self._told(observers):
            evaluation = self._loop(first_step, is_over)
        return RunResult(self.folder.path, evaluation, time.perf_counter() - started)

    @contextmanager
    def _told(self, observers: Mapping[str, Observer]) -> Iterator[None]:
        """Tell the observers inside; what ends a run says more than a file that can then not be closed."""
        for name, observer in observers.items():
            self.plugins.add_observer(observer, name)
        try:
            yield
        except BaseException:
            self._dismiss(observers, OSError)
            raise
        self._dismiss(observers)

    def _dismiss(self, observers: Mapping[str, Observer], *passed_over: type[Exception]) -> None:
        for name, observer in observers.items():
            self.plugins.remove_observer(name)
            with suppress(*passed_over):
                observer.close()

    def _loop(self, first_step: int, is_over: IsOver | None) -> dict[str, Any]:
        """Every step that is left, with what is due after it; returns the last evaluation."""
        self._notify_started(first_step)
        evaluation: dict[str, Any] = {}
        with stop_requests() as stop_request:
            for number in range(first_step, self.recipe.total_steps):
                done = number + 1
                tensors = self._take_step(number)
                if is_over is not None and self.group.any(is_over(done)):
                    self._end_at(done)
                if self._due(done, self.recipe.evaluation.every):
                    require_finite_weights(self.state.model, done)  # here, where all processes see the same
                if self.group.is_main:
                    evaluation = self._watch(done, tensors) or evaluation
                signal_number = stop_request()
                stopped = self.group.any(signal_number is not None)
                if stopped or self._due(done, self.recipe.checkpoint.every):
                    self._save(done)
                if stopped and done < self.recipe.total_steps:
                    raise Interrupted(signal_number or signal.SIGTERM, folder=self.folder.path)
                if done == self.recipe.total_steps:
                    break
        return self._finish(evaluation) if self.group.is_main else {}

    def _end_at(self, done: int) -> None:
        """Make this step the last one: the recipe in the folder is that of a run of so many steps."""
        self.recipe = self.recipe.model_copy(update={"steps": done})
        if self.group.is_main:
            self.folder.write_recipe(to_yaml(self.recipe))

    def _take_step(self, number: int) -> dict[str, Tensor]:
        """One step; one that is not finite is left out where the recipe says so."""
        norms = self._due(number + 1, self.recipe.log.every)
        if self.recipe.on_nonfinite != "skip":
            return train_step(self.state, number, norms=norms)
        self.skips.before_step()
        try:
            tensors = train_step(self.state, number, norms=norms)
        except NonFiniteError as error:
            return self.skips.leave_out(error)
        self.skips.step_taken()
        return tensors

    def _watch(self, done: int, tensors: dict[str, Tensor]) -> dict[str, Any]:
        """Log and evaluate what is due after a step; returns the evaluation, if one was."""
        evaluation: dict[str, Any] = {}
        logged = self._due(done, self.recipe.log.every)
        scalars = {name: value.item() for name, value in tensors.items()} if logged else {}
        signs: tuple[str, ...] = ()
        if self._due(done, self.recipe.evaluation.every):
            evaluation = self.evaluator(self.state.model)
            health = self.collapse(self.state.model, number=done)
            signs = health.signs
            figures = {f"evaluation/{name}": float(value) for name, value in single_numbers(evaluation).items()}
            scalars |= figures | dict(health.figures)
        self._report(done, scalars)
        if evaluation and self.best.takes(evaluation, done):
            self._save(done)
        self._tell_collapse(done, signs)
        return evaluation

    def _tell_collapse(self, done: int, signs: Sequence[str]) -> None:
        """Warn of a collapse, or stop at it."""
        if signs:
            text = f"step {done}: " + "; ".join(signs)
            if self.recipe.on_collapse == "stop":
                self._save(done)
                raise GanlabError(f"{text}. Stopped, since on_collapse is stop; checkpoint {done} holds it")
            log.warning("%s", text)

    def _finish(self, evaluation: dict[str, Any]) -> dict[str, Any]:
        evaluation = evaluation or self.evaluator(self.state.model)
        write_whole(self.folder.evaluation, json.dumps(evaluation, indent=2) + "\n")
        finished = RunFinished(
            folder=self.folder.path,
            number=self.recipe.total_steps,
            evaluation=evaluation,
            embedding=embed_sample(self.state.model, self.data, seed=self.recipe.seed),
        )
        self.plugins.notify("ganlab_run_finished", event=finished)
        return evaluation

    def _due(self, done: int, every: int) -> bool:
        return done == self.recipe.total_steps or (every > 0 and done % every == 0)

    def _report(self, done: int, scalars: dict[str, float]) -> None:
        """Tell the observers what is due after a step; before its checkpoint, so that no logged step is ever lost."""
        images = self._grids(done) if self._due(done, self.recipe.samples.every) else {}
        if scalars or images:
            factors = self.state.model.prior.categorical
            vectors = {f"prior/{name}": factor.probabilities().detach().cpu() for name, factor in factors.items()}
            event = StepFinished(
                folder=self.folder.path,
                number=done,
                steps=self.recipe.total_steps,
                scalars=scalars,
                vectors=vectors,
                images=images,
            )
            self.plugins.notify("ganlab_step_finished", event=event)

    def _grids(self, done: int) -> dict[str, Tensor]:
        """The grid of classes and a traversal of each other code; noise from the recipe's seed, so that steps compare.

        Also as `samples/STEP.png`, which sorts last, and `samples/STEP-NAME.png`.
        """
        model = self.state.model
        setting: dict[str, Any] = {
            "columns": self.recipe.samples.columns,
            "seed": self.recipe.seed,
            "device": self.state.device,
        }
        samples_CHW = sample_grid(model.average, model.prior, **setting)
        save_png(samples_CHW, self.folder.samples / f"{done:08d}.png")
        grids = {"samples": samples_CHW}
        for name in traversals(model.prior):
            grid_CHW = traversal_grid(traverse(model.average, model.prior, name=name, **setting))
            save_png(grid_CHW, self.folder.samples / f"{done:08d}-{name}.png")
            grids[f"traversal/{name}"] = grid_CHW
        return grids

    def _save(self, done: int) -> None:
        """Write a checkpoint, unless there is one of this step already."""
        require_finite_weights(self.state.model, done)
        if not self.group.is_main or self._saved == done:
            return
        folder = save_checkpoint(
            self.folder.checkpoints,
            number=done,
            model=self.state.model,
            learning=learning_state(self.state.players),
            keep=self.recipe.checkpoint.keep,
            spared=self.best.numbers,
        )
        self._saved = done
        self.plugins.notify("ganlab_checkpoint_saved", event=CheckpointSaved(folder=folder, number=done))

    def _notify_started(self, first_step: int) -> None:
        if not self.group.is_main:
            return
        started = RunStarted(
            folder=self.folder.path,
            recipe=self.recipe.model_dump(mode="json"),
            first_step=first_step,
            steps=self.recipe.total_steps,
            device=str(self.state.device),
        )
        self.plugins.notify("ganlab_run_started", event=started)

    def _observers(self) -> dict[str, Observer]:
        observers: dict[str, Observer] = {
            "metrics.jsonl": MetricsFile(self.folder.metrics),
            "tensorboard": TensorBoard(self.folder.tensorboard, true_proportions=self._true_proportions()),
            "proportions.png": ProportionsPicture(self.folder.proportions),
        }
        if self.console is not None:
            observers["console"] = ConsoleProgress(
                self.console, facts=facts_of(self.data), batch_size=self.recipe.batch_size
            )
        return observers

    def _true_proportions(self) -> dict[str, tuple[float, ...]]:
        """What the vector of the class code is compared with; other codes' categories are no classes of the data."""
        code, true = self.state.model.prior.class_code, self.data.class_proportions
        return {} if code is None or true is None else {f"prior/{code}": true}
