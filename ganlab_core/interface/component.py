"""`Component`: what a plugin gives, and the specifications that the core hands to component factories.

A factory takes at most one positional parameter, the specification of what it must meet, which the core supplies;
every other parameter is keyword-only and comes from the recipe. This module imports no torch, so that plugins can
describe themselves before anything heavy loads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlab_core.interface.kinds import Role


@dataclass(frozen=True, kw_only=True)
class Component:
    """One part that a recipe can name with `use:`.

    Args:
        name: what `use:` says; lower case, words joined by hyphens.
        factory: called as `factory(spec, **recipe_arguments)`, or without the spec if it has no positional parameter.
        summary: one line for `ganlab list`; the first line of the factory's docstring if left out.
        role: networks only: which role this factory fills. One name may fill several roles, one component each.
        requires: network roles that a recipe with this component must also have, such as `("recognition",)`.
        companion: recipe fragment that this component is usually used with, a mapping or a YAML file's path; merged by
            `--prior NAME`, `--loss NAME`.
        slot: the key under `prior` or `losses` that `--prior NAME` or `--loss NAME` puts it at, such as `adversarial`
            for a loss that takes the place of the adversarial one. `code` for a prior, and for a loss its own name with
            underscores, if left out.
        headline: metrics only: the key of the figure to look at first; `ganlab benchmark` draws it over the steps
            unless another is named.
    """

    name: str
    factory: Callable[..., Any]
    summary: str = ""
    role: Role | None = None
    requires: tuple[Role, ...] = ()
    companion: Mapping[str, Any] | Path = field(default_factory=dict)
    slot: str = ""
    headline: str = ""


@dataclass(frozen=True)
class GeneratorSpec:
    """What a generator must meet: `(N, latent_width)` in, `(N, *image_shape)` in [-1, 1] out."""

    latent_width: int
    image_shape: tuple[int, int, int]


@dataclass(frozen=True)
class TrunkSpec:
    """What a trunk must meet: `(N, *image_shape)` in [-1, 1] in, `(N, module.features)` out."""

    image_shape: tuple[int, int, int]


@dataclass(frozen=True)
class DiscriminatorSpec:
    """What a discriminator head must meet: `(N, features)` in, one logit a row `(N,)` out."""

    features: int


@dataclass(frozen=True)
class RecognitionSpec:
    """What a recognition head must meet: `(N, features)` in, a `Recognition` with `codes[name]` columns a code out."""

    features: int
    codes: Mapping[str, int]


@dataclass(frozen=True)
class PriorSpec:
    """What a prior factor may know: the data set's true class proportions, or None where there are no labels."""

    class_proportions: tuple[float, ...] | None


@dataclass(frozen=True)
class LossSpec:
    """What a loss may know: image shape (C, H, W), the width of each code's parameters, how many images and steps."""

    image_shape: tuple[int, int, int]
    codes: Mapping[str, int]
    dataset_size: int
    steps: int
