"""The gradient audit: a dry step before the first, which finds parameters that would never learn."""

from __future__ import annotations

from ganlab_core.interface.errors import GanlabError
from ganlab_core.training.players import PlayerState, matches
from ganlab_core.training.step import TrainState, play


def audit_gradients(state: TrainState) -> None:
    """Run the losses of the first and the last step without an update, and leave everything as it was.

    Both ends are looked at, since a schedule may hold a loss or a prior back at first.

    Raises:
        GanlabError: names each parameter that got no gradient from any loss and is not in `audit.allow`.
    """
    reached: set[str] = set()

    def note(player: PlayerState) -> None:
        reached.update(name for name, parameter in player.parameters.items() if parameter.grad is not None)

    buffers = [buffer for module in state.model.state_modules().values() for buffer in module.buffers()]
    kept = [buffer.clone() for buffer in buffers]
    for number in {0, state.recipe.total_steps - 1}:
        play(state, number, note)
    for buffer, value in zip(buffers, kept, strict=True):
        buffer.copy_(value)
    for player in state.players.values():
        player.optimiser.zero_grad(set_to_none=True)
    owned = [name for player in state.players.values() for name in player.parameters]
    silent = [name for name in owned if name not in reached and not matches(name, state.recipe.audit.allow)]
    if silent:
        raise GanlabError(
            f"no loss gives a gradient to {', '.join(silent)}, so it would never learn; add a loss that trains it, "
            f"drop the part that holds it, or allow it with audit.allow"
        )
