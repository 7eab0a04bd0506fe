"""`check_loss`: what a loss promises, seen in a small model that takes two steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab_core.interface.component import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.loss import term_of
from ganlab_core.plugins import Plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.testing.bad_arguments import check_bad_arguments
from ganlab_core.testing.loss_run import NAME, LossRun, reached_by
from ganlab_core.testing.small_model import STEPS, SmallModel, small_data
from ganlab_core.testing.subject import Subject
from ganlab_core.testing.watched import PHASES
from ganlab_core.training.step import TrainState


def check_loss(
    component: Component | Entry,
    recipe: Mapping[str, Any] | Path | None = None,
    plugins: Plugins | None = None,
    /,
    **arguments: object,
) -> None:
    """Check a loss, built with these arguments of a recipe, in two steps of a small model, on 1 and 3 channels.

    In each phase that it has: a finite scalar, in bf16 too, with a gradient in what the phase's player owns; in every
    parameter of its own that is not frozen; no call of `backward`, no change of the networks or of their modes, no
    global randomness; the same at a second time; and after a save and a load between the steps the same to the bit.
    Bad arguments refused.

    Args:
        recipe: lines of a recipe that the loss needs beside it, such as another recognition head; they go above the
            small recipe (DCGAN of width 4, a categorical code of 3 classes, a recognition head) and the component's
            companion. There are frozen features of the images, whatever the recipe says.
        plugins: where that recipe finds its parts; all that are installed if left out.

    Raises:
        AssertionError: names the first promise that it does not keep.
        GanlabError: the recipe itself is wrong.
    """
    subject = Subject.of("loss", component, arguments)
    small = SmallModel.of(subject.entry.component, recipe, plugins)
    refusals: list[GanlabError] = []
    accepted: list[LossRun] = []
    for channels in (1, 3):
        run = LossRun(subject, small, small_data(channels))
        try:
            run.loss(run.spec)
        except GanlabError as error:
            refusals.append(error)
            continue
        _check_steps(run)
        accepted.append(run)
    if not accepted:
        subject.fail(f"refuses images of 1 channel and of 3 ({refusals[0]})")
    check_bad_arguments(subject, accepted[-1].spec)


def _check_steps(run: LossRun) -> None:
    one, same = run.state(), run.state()
    reached: set[str] = set()
    for number in range(STEPS):
        found, again = run.step(one, number), run.step(same, number)
        run.subject.require(_equal(found, again), f"step {number + 1} has other values when it is taken again")
        reached |= reached_by(one)
        if number == 0:
            resumed = run.resumed(one)
    run.subject.require(
        _equal(found, run.step(resumed, STEPS - 1)),
        "has other values after its state was saved and loaded: keep state in buffers of a torch.nn.Module",
    )
    _check_reach(run.subject, one, reached)
    half = run.state(bf16=True)
    for number in range(STEPS):
        run.step(half, number)


def _check_reach(subject: Subject, state: TrainState, reached: set[str]) -> None:
    loss = state.model.losses[NAME].loss
    for phase in PHASES:
        if term_of(loss, phase) is not None:
            subject.require(
                any(name.startswith(f"{phase}/") for name in reached),
                f"the {phase}'s phase gives no gradient to any parameter of the {phase}'s player",
            )
    learned = {name.partition("/")[2] for name in reached}
    prefix = f"losses.{NAME}.loss."
    for name in (name for player in state.players.values() for name in player.parameters if name.startswith(prefix)):
        own = name.removeprefix(prefix)
        subject.require(name in learned, f"no gradient reaches its own parameter {own!r}")


def _equal(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())
