"""The training step: draw once, the discriminator's phase, then the generator's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab_core.component import GanlabError
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

    scalars = play(state, number, update)
    update_average(state.model.average, state.model.networks.generator, decay=state.recipe.ema, number=number)
    return scalars | gradient_norms


def play(state: TrainState, number: int, update: Update) -> dict[str, Tensor]:
    """Both phases of a step; `update` is told each player once its gradients are there."""
    scalars: dict[str, Tensor] = {}
    repeats = state.recipe.n_critic
    for repeat in range(repeats):
        step = _open_step(state, number, repeat)
        scalars |= _play_phase(state, step, "discriminator", update)
    scalars |= _play_phase(state, step.for_generator(), "generator", update)
    return scalars


def _open_step(state: TrainState, number: int, repeat: int) -> StepContext:
    """Draw real images, a latent sample and the fake images made from it.

    Only the last repeat's fake images keep their graph: the generator's phase takes them over, since nothing of the
    generator's changes between the phases.
    """
    recipe, model = state.recipe, state.model
    last = repeat == recipe.n_critic - 1
    state.players["generator"].require_gradients(last)
    draws = derived_generator(recipe.seed, number, repeat, "latent", device=state.device)
    with _autocast(state):
        latent = model.prior.sample(recipe.batch_size, generator=draws, step=number)
        fake_NCHW = model.networks.generator(latent.vector_NZ)
    return StepContext(
        phase="discriminator",
        number=number,
        repeat=repeat,
        steps=recipe.steps,
        seed=recipe.seed,
        real_NCHW=state.batches.images(number * recipe.n_critic + repeat),
        fake_NCHW=fake_NCHW,
        latent=latent,
        prior=model.prior,
        networks=model.networks,
    )


def _play_phase(state: TrainState, step: StepContext, phase: Phase, update: Update) -> dict[str, Tensor]:
    """Sum the phase's losses, check them, take gradients of the phase's own parameters only, and update."""
    for player in state.players.values():
        player.require_gradients(player.name == phase)
    terms: dict[str, Tensor] = {}
    recorded: dict[str, Tensor] = {}
    with _autocast(state):
        for name, weighted in state.model.losses.items():
            if hasattr(weighted.loss, phase):
                terms[name] = weighted.weight * getattr(weighted.loss, phase)(step)
                recorded |= {f"loss/{phase}/{name}/{key}": value for key, value in step.take_recorded().items()}
    total = torch.stack([term.float() for term in terms.values()]).sum()
    if not torch.isfinite(total):
        _refuse(terms, phase, step.number)
    player = state.players[phase]
    player.optimiser.zero_grad(set_to_none=True)
    total.backward()
    update(player)
    scalars = {f"loss/{phase}": total, **{f"loss/{phase}/{name}": term for name, term in terms.items()}}
    return {name: value.detach() for name, value in scalars.items()} | recorded


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
