"""The optimisers that a player may have, one entry each: what recipes may name, how it is built, what it keeps.

Recipes are read without `torch.optim`, which takes a second to import: it is asked for when an optimiser is built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import torch

Betas: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class OptimiserKind:
    """One optimiser of torch's.

    Args:
        name: of its class in `torch.optim`.
        kernel: the fastest implementation that torch has of it, on the CPU too.
        moments: tensors of a parameter's size that it keeps beside each parameter.
        from_betas: the settings of its own that it makes of the recipe's `betas`.
    """

    name: str
    kernel: Literal["fused", "foreach"]
    moments: int
    from_betas: Callable[[Betas], dict[str, Any]]

    def settings(self, *, learning_rate: float, weight_decay: float, betas: Betas) -> dict[str, Any]:
        """A recipe's settings by the names of `torch.optim`."""
        return {"lr": learning_rate, "weight_decay": weight_decay, **self.from_betas(betas)}

    def build(self, groups: Iterable[dict[str, Any]]) -> torch.optim.Optimizer:
        """The optimiser of these groups of parameters, each with its `settings`."""
        import torch

        optimiser: torch.optim.Optimizer = getattr(torch.optim, self.name)(groups, **{self.kernel: True})
        return optimiser


def _both(betas: Betas) -> dict[str, Any]:
    return {"betas": betas}


def _as_momentum(betas: Betas) -> dict[str, Any]:
    return {"momentum": betas[0]}


def _neither(betas: Betas) -> dict[str, Any]:
    return {}


OPTIMISERS: Mapping[str, OptimiserKind] = {
    "adam": OptimiserKind("Adam", "fused", moments=2, from_betas=_both),
    "adamw": OptimiserKind("AdamW", "fused", moments=2, from_betas=_both),
    "nadam": OptimiserKind("NAdam", "foreach", moments=2, from_betas=_both),
    "rmsprop": OptimiserKind("RMSprop", "foreach", moments=1, from_betas=_neither),
    "sgd": OptimiserKind("SGD", "fused", moments=1, from_betas=_as_momentum),
}
"""By the name that a recipe's `optimiser` takes."""
