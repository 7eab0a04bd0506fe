"""`Prior`: a product of named, independent factors, after InfoGAN's split of the input into noise and codes.

Chen et al. 2016, arXiv 1606.03657, section 4: the generator reads (z, c_1, ..., c_L), P(c) = prod_i P(c_i).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import CategoricalFactor, ContinuousFactor, Draw, Factor, Held, LatentSample


class Prior(nn.Module):
    """Factors by name, in the recipe's order; those that are modules are registered, saved and may learn."""

    def __init__(self, factors: Mapping[str, Factor]) -> None:
        super().__init__()
        self.factors = dict(factors)
        for name, factor in factors.items():
            # Here and in a recognition head's `nn.ModuleDict`, a factor's name becomes a module's.
            if "." in name or hasattr(type(self), name) or hasattr(nn.ModuleDict, name) or name == "factors":
                raise GanlabError(
                    f"prior.{name}: a factor cannot be named `{name}` (it has a dot, or torch or ganlab use the name): "
                    "give it another, such as `code`"
                )
            if isinstance(factor, nn.Module):
                self.add_module(name, factor)

    @property
    def width(self) -> int:
        """Columns of the generator's input."""
        return sum(factor.width for factor in self.factors.values())

    @property
    def codes(self) -> dict[str, int]:
        """Parameters that a recognition head must give, for each factor that can be predicted."""
        return {name: factor.recognition_width for name, factor in self.factors.items() if factor.recognition_width}

    @property
    def categorical(self) -> dict[str, CategoricalFactor]:
        """The factors over categories, first the one that stands for classes."""
        return {name: factor for name, factor in self.factors.items() if isinstance(factor, CategoricalFactor)}

    @property
    def category_counts(self) -> dict[str, int]:
        """How many categories each code has that is over categories and can be predicted."""
        return {name: factor.classes for name, factor in self.categorical.items() if factor.recognition_width}

    @property
    def class_code(self) -> str | None:
        """The name of the factor that stands for classes, the first over categories; None if there is none."""
        return next(iter(self.categorical), None)

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> LatentSample:
        """Draw every factor on the generator's device."""
        return LatentSample(
            {name: factor.sample(batch_size, generator=generator, step=step) for name, factor in self.factors.items()}
        )

    def sample_with(self, values: Mapping[str, Held], batch_size: int, *, generator: torch.Generator) -> LatentSample:
        """Like `sample`, the named factors held: at a category's index, a number, or a number for each place.

        Raises:
            GanlabError: there is no such factor, or it cannot be held at this.
        """
        unknown = values.keys() - self.factors.keys()
        if unknown:
            raise GanlabError(f"the prior has no factor {sorted(unknown)}; it has {list(self.factors)}")
        draws = dict(self.sample(batch_size, generator=generator).draws)
        for name, value in values.items():
            draws[name] = self._held(name, value, batch_size, device=generator.device)
        return LatentSample(draws)

    def _held(self, name: str, value: Held, batch_size: int, *, device: torch.device) -> Draw:
        factor = self.factors[name]
        if not isinstance(value, Sequence):
            return factor.fixed(value, batch_size, device=device)
        if not isinstance(factor, ContinuousFactor):
            raise GanlabError(f"prior.{name} is no continuous code: hold it at a single number, not at {list(value)}")
        return factor.fixed_each(value, batch_size, device=device)
