"""The training step: draw once, the discriminator's phase, then the generator's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from ganlab_core.interface.latent import LatentSample
from ganlab_core.interface.loss import preparation_of, scalar_of, term_of
from ganlab_core.interface.model import Model
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.interface.step import Phase, StepContext
from ganlab_core.recipe.settings import Recipe
from ganlab_core.system.process_group import ALONE, ProcessGroup
from ganlab_core.training.average import update_average
from ganlab_core.training.batches import Batches
from ganlab_core.training.nonfinite import NonFiniteError, named
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
    group: ProcessGroup = ALONE

    @property
    def seed(self) -> int:
        """What this process draws its noise and views from."""
        return self.group.seed(self.recipe.seed)


def train_step(state: TrainState, number: int, *, norms: bool = False) -> dict[str, Tensor]:
    """Take step `number` (from 0) and return its scalars: every loss term, each player's sum, what losses recorded.

    With `norms`, also the norm of each player's gradients.

    Raises:
        NonFiniteError: a loss or a gradient is not finite; that player was not updated.
    """
    gradient_norms: dict[str, Tensor] = {}

    def update(player: PlayerState) -> None:
        gradients = [p.grad for p in player.parameters.values() if p.grad is not None]
        state.group.average(gradients)
        norm = nn.utils.get_total_norm(gradients)
        if not torch.isfinite(norm):
            raise _not_finite(_guilty_gradients(state, number, player), player.name, number)
        gradient_norms[f"gradient_norm/{player.name}"] = norm
        player.optimiser.step()

    _prepare(state, number)
    scalars = play(state, number, update)
    update_average(state.model.average, state.model.networks.generator, decay=state.recipe.ema, number=number)
    state.group.share([buffer for module in state.model.state_modules().values() for buffer in module.buffers()])
    return scalars | gradient_norms if norms else scalars


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
        random = derived_generator(state.seed, number, repeat, "latent", device=state.device)
        learning = state.players["generator"].requiring_gradients(repeat == recipe.n_critic - 1)
        with learning, _autocast(state):
            latent = model.prior.sample(state.batches.batch_size, generator=random, step=number)
            return latent, model.networks.generator(latent.vector_NZ)

    real_N = state.batches.indices(number * recipe.n_critic + repeat)
    return StepContext(
        phase="discriminator",
        number=number,
        repeat=repeat,
        steps=recipe.total_steps,
        seed=state.seed,
        data=state.batches,
        real_NCHW=state.batches.at(real_N),
        draw=cache(draw),
        prior=model.prior,
        networks=model.networks,
        real_N=real_N,
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
            if weighted.counts(step.number) and (term := term_of(weighted.loss, phase)) is not None:
                what = f"losses.{name} ({weighted.given}): its method `{phase}`"
                terms[name] = weighted.weight * scalar_of(term(step), what=what)
                recorded |= {f"loss/{phase}/{name}/{key}": value for key, value in step.take_recorded().items()}
    if not terms:
        return {}
    total = torch.stack([term.float() for term in terms.values()]).sum()
    if state.group.any(not torch.isfinite(total)):
        bad = [f"losses.{name} = {term.item()}" for name, term in terms.items() if not torch.isfinite(term)]
        raise _not_finite(", ".join(bad) or "the sum of the losses, here or in another process", phase, step.number)
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
        if (prepare := preparation_of(weighted.loss)) is not None:
            prepare(opened())


def _not_finite(what: str, phase: Phase, number: int) -> NonFiniteError:
    return NonFiniteError(
        f"step {number + 1}, {phase}'s phase: not finite: {what}. The {phase} was not updated; "
        f"the last checkpoint is whole. Try a lower players.{phase}.learning_rate or that loss's weight"
    )


def _guilty_gradients(state: TrainState, number: int, player: PlayerState) -> str:
    """The parameters whose gradient is not finite, and the losses that it comes from, told by a pass for each."""
    bad = [name for name, p in player.parameters.items() if p.grad is not None and not torch.isfinite(p.grad).all()]
    if not bad:
        return "the norm of the gradients, each of which is finite: they are too large"
    guilty = []
    for name, weighted in state.model.losses.items():
        term_of_player = term_of(weighted.loss, player.name)
        if term_of_player is None or not weighted.counts(number):
            continue
        step = _open_step(state, number, state.recipe.n_critic - 1)
        with _autocast(state):
            term = term_of_player(step if player.name == "discriminator" else step.for_generator())
        if term.requires_grad:
            owned = [player.parameters[key] for key in bad]
            gradients = torch.autograd.grad(term, owned, allow_unused=True)
            if not all(torch.isfinite(gradient).all() for gradient in gradients if gradient is not None):
                guilty.append(f"losses.{name}")
    source = f" through {', '.join(guilty)}" if guilty else ""
    return f"the gradient of {named(bad)}{source}"


def _autocast(state: TrainState) -> torch.autocast:
    """bf16 where the recipe asks for it; parameters, optimisers and sums stay in fp32."""
    return torch.autocast(state.device.type, dtype=torch.bfloat16, enabled=state.recipe.precision == "bf16")
