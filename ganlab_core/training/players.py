"""Players: who owns which parameters, and the optimiser that moves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model
from ganlab_core.interface.step import Phase
from ganlab_core.recipe.optimisers import OPTIMISERS
from ganlab_core.recipe.settings import ParameterGroup, Player, Recipe


@dataclass(frozen=True)
class PlayerState:
    """One player's parameters, by name, and their optimiser; what a part froze when it was built is nobody's."""

    name: Phase
    parameters: dict[str, nn.Parameter]
    optimiser: torch.optim.Optimizer

    def require_gradients(self, required: bool) -> None:
        """Freeze or thaw all that the player owns."""
        for parameter in self.parameters.values():
            parameter.requires_grad_(required)

    @contextmanager
    def requiring_gradients(self, required: bool) -> Iterator[None]:
        """Freeze or thaw for a while, and then put back what was."""
        before = [(parameter, parameter.requires_grad) for parameter in self.parameters.values()]
        self.require_gradients(required)
        try:
            yield
        finally:
            for parameter, value in before:
                parameter.requires_grad_(value)


def build_players(recipe: Recipe, model: Model) -> dict[Phase, PlayerState]:
    """Both players, each with what its `owns` names; parameters that are frozen now are left to stay so.

    Raises:
        GanlabError: a parameter that learns is owned by none or by both, or a name in `owns` or `groups` matches
            none.
    """
    settings: dict[Phase, Player] = {
        "discriminator": recipe.players.discriminator,
        "generator": recipe.players.generator,
    }
    parameters = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    for name in parameters:
        owners = [player for player, part in settings.items() if matches(name, part.owns)]
        if len(owners) > 1:
            raise GanlabError(f"players: both {owners[0]} and {owners[1]} own {name!r}; take it from one's `owns`")
        if not owners and not matches(name, recipe.audit.allow):
            raise GanlabError(
                f"players: no optimiser owns {name!r}, so it would never learn; add its part to one player's `owns` "
                f"or, if that is meant, to audit.allow"
            )
    return {
        phase: _build_player(phase, part, {n: p for n, p in parameters.items() if matches(n, part.owns)}, model)
        for phase, part in settings.items()
    }


def _build_player(phase: Phase, settings: Player, owned: dict[str, nn.Parameter], model: Model) -> PlayerState:
    if not owned:
        raise GanlabError(f"players.{phase}.owns: {list(settings.owns)} names nothing with parameters that learn")
    for prefix in settings.groups:
        if not any(matches(name, (prefix,)) for name in owned):
            raise GanlabError(
                f"players.{phase}.groups: {prefix!r} matches none of its parameters, such as {next(iter(owned))!r}"
            )
    own = {prefix: ParameterGroup(learning_rate=rate) for prefix, rate in _own_rates(model).items()} | settings.groups
    members: dict[ParameterGroup, list[nn.Parameter]] = {}
    for name, parameter in owned.items():
        prefixes = [prefix for prefix in own if matches(name, (prefix,))]
        group = own[max(prefixes, key=len)] if prefixes else ParameterGroup()
        members.setdefault(group, []).append(parameter)
    return PlayerState(name=phase, parameters=owned, optimiser=_optimiser(settings, members))


def _own_rates(model: Model) -> dict[str, float]:
    """The learning rates that modules ask for themselves, by an attribute `learning_rate`."""
    return {
        f"{owner}.{name}".rstrip("."): module.learning_rate
        for owner, learner in model.learners().items()
        for name, module in learner.named_modules()
        if isinstance(getattr(module, "learning_rate", None), float)
    }


def _optimiser(player: Player, members: Mapping[ParameterGroup, list[nn.Parameter]]) -> torch.optim.Optimizer:
    """The player's optimiser, by its fastest kernels."""
    groups = [{"params": parameters, **_settings(player, group)} for group, parameters in members.items()]
    return OPTIMISERS[player.optimiser].build(groups)


def _settings(player: Player, group: ParameterGroup) -> dict[str, Any]:
    """A group's settings by the names of `torch.optim`, the player's where the group has none of its own."""

    def value(name: str) -> Any:
        own = getattr(group, name)
        return getattr(player, name) if own is None else own

    return OPTIMISERS[player.optimiser].settings(
        learning_rate=value("learning_rate"), weight_decay=value("weight_decay"), betas=value("betas")
    )


def matches(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the prefixes or lies below one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
