"""`Component`: what a plugin gives.

A factory takes at most one positional parameter, the specification of what it must meet (`specs.py`), which the core
supplies; every other parameter is keyword-only and comes from the recipe. This module imports next to nothing, so that
plugins can describe themselves before anything heavy loads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        image_shape: data sets only: the shape (C, H, W) of the images that these arguments of a recipe give, called
            without a look at any file; `ganlab validate` then says whether networks fit them.
    """

    name: str
    factory: Callable[..., Any]
    summary: str = ""
    role: Role | None = None
    requires: tuple[Role, ...] = ()
    companion: Mapping[str, Any] | Path = field(default_factory=dict)
    slot: str = ""
    headline: str = ""
    image_shape: Callable[..., tuple[int, int, int]] | None = None
