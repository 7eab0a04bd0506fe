"""The training step: draw once, the discriminator's phase, then the generator's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from ganlab_core.component import GanlabError
from ganlab_core.latent import LatentSample
from ganlab_core.model import Model
from ganlab_core.randomness import derived_generator
from ganlab_core.recipe.settings import Recipe
from ganlab_core.training.average import update_average
from ganlab_core.training.batches import Batches
from ganlab_core.training.context import Phase, StepContext
from ganlab_core.training.players import PlayerState

Update = Callable[[PlayerState], None]


@dataclass(frozen=True)
class TrainState:
    """All that a step works on."""

    recipe: Recipe
    model: Model
    players: Mapping[Phase, PlayerState]
    batches: Batches
    device: torch.device


def train_step(state: TrainState, number: int, *, norms: bool = False) -> dict[str, Tensor]:
    """Take step `number` (from 0) and return its scalars: every loss term, each player's sum, what losses recorded.

    With `norms`, also the norm of each player's gradients, which costs a pass over them.
    """
    gradient_norms: dict[str, Tensor] = {}

    def update(player: PlayerState) -> None:
        if norms:
            gradients = [p.grad for p in player.parameters.values() if p.grad is not None]
            gradient_norms[f"gradient_norm/{player.name}"] = nn.utils.get_total_norm(gradients)
        player.optimiser.step()

    _prepare(state, number)
    scalars = play(state, number, update)
    update_average(state.model.average, state.model.networks.generator, decay=state.recipe.ema, number=number)
    return scalars | gradient_norms


def play(state: TrainState, number: int, update: Update) -> dict[str, Tensor]:
    """Both phases of a step; `update` is told each player once its gradients are there."""
    scalars: dict[str, Tensor] = {}
    for repeat in range(state.recipe.n_critic):
        step = _open_step(state, number, repeat)
        scalars |= _play_phase(state, step, update)
    return scalars | _play_phase(state, step.for_generator(), update)


def _open_step(state: TrainState, number: int, repeat: int) -> StepContext:
    """The discriminator's phase: real images, and a draw that is made when a loss first asks for it.

    Only the last repeat's fake images keep their graph: the generator's phase takes them over, since nothing of the
    generator's changes between the phases.
    """
    recipe, model = state.recipe, state.model

    def draw() -> tuple[LatentSample, Tensor]:
        random = derived_generator(recipe.seed, number, repeat, "latent", device=state.device)
        learning = state.players["generator"].requiring_gradients(repeat == recipe.n_critic - 1)
        with learning, _autocast(state):
            latent = model.prior.sample(recipe.batch_size, generator=random, step=number)
            return latent, model.networks.generator(latent.vector_NZ)

    return StepContext(
        phase="discriminator",
        number=number,
        repeat=repeat,
        steps=recipe.total_steps,
        seed=recipe.seed,
        data=state.batches,
        real_NCHW=state.batches.images(number * recipe.n_critic + repeat),
        draw=cache(draw),
        prior=model.prior,
        networks=model.networks,
    )


def _play_phase(state: TrainState, step: StepContext, update: Update) -> dict[str, Tensor]:
    """Sum the phase's losses, check them, take gradients of the phase's own parameters only, and update.

    Where no parameter has a part in the sum, as in a prior's warm-up, there is nothing to update.
    """
    phase = step.phase
    for player in state.players.values():
        player.require_gradients(player.name == phase)
    terms: dict[str, Tensor] = {}
    recorded: dict[str, Tensor] = {}
    with _autocast(state):
        for name, weighted in state.model.losses.items():
            if weighted.counts(step.number) and hasattr(weighted.loss, phase):
                terms[name] = weighted.weight * getattr(weighted.loss, phase)(step)
                recorded |= {f"loss/{phase}/{name}/{key}": value for key, value in step.take_recorded().items()}
    if not terms:
        return {}
    total = torch.stack([term.float() for term in terms.values()]).sum()
    if not torch.isfinite(total):
        _refuse(terms, phase, step.number)
    if total.requires_grad:
        player = state.players[phase]
        player.optimiser.zero_grad(set_to_none=True)
        total.backward()
        update(player)
    scalars = {f"loss/{phase}": total, **{f"loss/{phase}/{name}": term for name, term in terms.items()}}
    return {name: value.detach() for name, value in scalars.items()} | recorded


@torch.no_grad()
def _prepare(state: TrainState, number: int) -> None:
    """Let losses that keep something bring it up to date."""
    opened = cache(lambda: _open_step(state, number, 0).for_generator())
    for weighted in state.model.losses.values():
        if hasattr(weighted.loss, "prepare"):
            weighted.loss.prepare(opened())


def _refuse(terms: Mapping[str, Tensor], phase: Phase, number: int) -> None:
    """Stop before the update and say which terms are not finite."""
    values = ", ".join(f"losses.{name} = {term.item()}" for name, term in terms.items() if not torch.isfinite(term))
    raise GanlabError(
        f"step {number + 1}, {phase}'s phase: not finite: {values or 'the sum of the losses'}. Nothing was updated; "
        f"the last checkpoint is whole. Try a lower players.{phase}.learning_rate or that loss's weight"
    )


def _autocast(state: TrainState) -> torch.autocast:
    """bf16 where the recipe asks for it; parameters, optimisers and sums stay in fp32."""
    return torch.autocast(state.device.type, dtype=torch.bfloat16, enabled=state.recipe.precision == "bf16")
