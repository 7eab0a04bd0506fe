"""Traversals: one code varies along the columns, all else of a row is held, as in InfoGAN's figures.

Chen et al. 2016, arXiv 1606.03657, figure 2: continuous codes from -2 to 2, beyond the -1 to 1 of training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab_core.image_files.write import image_grid
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor, ContinuousFactor, Held
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.randomness import derived_generator

_ROWS_OF_NOISE = 10
_FARTHEST = 1e6  # of a range: what is farther is no number to a network of float32


@dataclass(frozen=True)
class Traversal:
    """What varies: the factor called `code`, or the number `index` of a continuous one."""

    code: str
    index: int | None = None

    def stops(self, prior: Prior, *, columns: int, ends: tuple[float, float] | None) -> list[Held]:
        """What the code is held at in each column.

        Raises:
            GanlabError: `ends` are given for categories, or are no range.
        """
        factor = prior.factors[self.code]
        if self.index is None:
            if ends is not None:
                raise GanlabError(f"{self.code} is a categorical code, which has no range; drop the range")
            assert isinstance(factor, CategoricalFactor)
            return list(range(factor.classes))
        assert isinstance(factor, ContinuousFactor)
        centre = (factor.low + factor.high) / 2
        low, high = _checked(ends or (2 * factor.low - centre, 2 * factor.high - centre))
        still = [centre] * factor.dim
        return [
            [*still[: self.index], number, *still[self.index + 1 :]]
            for number in torch.linspace(low, high, columns).tolist()
        ]


def traversals(prior: Prior) -> dict[str, Traversal]:
    """What of a prior can be traversed, by name: `style.0`, `style.1`, or `style` for a single number or a category.

    These are the codes that a recognition head reads, but for the class code, which a traversal has in its rows.
    """
    found: dict[str, Traversal] = {}
    classes = prior.class_code
    for code in prior.codes:
        factor = prior.factors[code]
        if isinstance(factor, ContinuousFactor):
            single = factor.dim == 1
            found |= {code if single else f"{code}.{index}": Traversal(code, index) for index in range(factor.dim)}
        elif isinstance(factor, CategoricalFactor) and code != classes:
            found[code] = Traversal(code)
    return found


@torch.no_grad()
def traverse(
    generator: nn.Module,
    prior: Prior,
    *,
    name: str,
    columns: int,
    seed: int,
    device: torch.device,
    category: int | None = None,
    ends: tuple[float, float] | None = None,
) -> Tensor:
    """Images `(rows, columns, C, H, W)` in [-1, 1] in which one code varies along the columns.

    A row for each category of the class code, the noise and all other codes the same everywhere. With `category`, or
    without a class code, ten rows of that category, each with noise and other codes of its own.

    Args:
        generator: `(N, prior.width)` to images `(N, C, H, W)` in [-1, 1].
        prior: where everything that does not vary is drawn from.
        name: what varies, a key of `traversals(prior)`; other numbers of that code are at the centre of their range.
        columns: how many numbers of a continuous code; a categorical one has a column for each category.
        seed: the same seed draws the same noise.
        device: where the generator lies.
        category: the class code's category in all rows.
        ends: first and last number of a continuous code; if left out, twice the range that it is drawn from, -2 to 2
            for one from -1 to 1.

    Raises:
        GanlabError: there is no such code or category, or `ends` are no range.
    """
    traversal = _named(prior, name)
    stops = traversal.stops(prior, columns=columns, ends=ends)
    rows = []
    for held, noise in _rows(prior, category):
        # A generator for each column, so that all draw the same noise.
        latents = [
            prior.sample_with(
                held | {traversal.code: stop},
                1,
                generator=derived_generator(seed, "traversal", noise, device=device),
            )
            for stop in stops
        ]
        rows.append(generator(torch.cat([latent.vector_NZ for latent in latents])).float())
    return torch.stack(rows)


def traversal_grid(images_RNCHW: Tensor) -> Tensor:
    """The images of a traversal as one picture `(C, H, W)` uint8."""
    return image_grid(images_RNCHW.flatten(0, 1), columns=images_RNCHW.shape[1])


def _named(prior: Prior, name: str) -> Traversal:
    known = traversals(prior)
    if name in known:
        return known[name]
    if not known:
        raise GanlabError(
            f"{name!r} cannot be traversed: the prior has no code beside its class code; "
            "add one, such as `prior.style: {use: uniform, dim: 2}`"
        )
    raise GanlabError(f"{name!r} cannot be traversed; choose one of {', '.join(known)}")


def _rows(prior: Prior, category: int | None) -> list[tuple[dict[str, Held], int]]:
    """What each row holds, and the number of its noise."""
    code = prior.class_code
    if category is None and code is not None:
        return [({code: index}, 0) for index in range(prior.categorical[code].classes)]
    if code is None and category is not None:
        raise GanlabError(f"the prior has no categorical code that could be held at category {category}")
    held: dict[str, Held] = {} if code is None or category is None else {code: category}
    return [(held, row) for row in range(_ROWS_OF_NOISE)]


def _checked(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    if not -_FARTHEST <= low < high <= _FARTHEST:
        raise GanlabError(
            f"{low:g} to {high:g} is no range; give its lower end, then its upper one, such as -2 and 2, "
            f"neither farther from 0 than {_FARTHEST:g}"
        )
    return ends
