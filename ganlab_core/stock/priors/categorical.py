"""`categorical`: InfoGAN's discrete code, of fixed probabilities (Chen et al. 2016, arXiv 1606.03657)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import BeforeValidator, Field
from torch import Tensor, nn

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.latent import Draw
from ganlab_core.interface.specs import PriorSpec
from ganlab_core.stock.priors.categories import categorical_nll, fixed_category, one_hot_draw


def _bare_true(value: object) -> object:
    """YAML reads an unquoted `true` as a boolean."""
    return "true" if value is True else value


Probabilities = Annotated[Literal["uniform", "true"], BeforeValidator(_bare_true)] | tuple[float, ...]


class Categorical(nn.Module):
    """A category with fixed probabilities, one-hot to the generator.

    Args:
        classes: how many categories.
        probabilities: `uniform`, `true` for the data set's class proportions, or the numbers, which sum to 1.
    """

    _probabilities: Tensor

    def __init__(
        self,
        spec: PriorSpec,
        *,
        classes: Annotated[int, Field(ge=2)] = 10,
        probabilities: Probabilities = "uniform",
    ) -> None:
        super().__init__()
        self.classes = classes
        self.width = classes
        self.recognition_width = classes
        checked = _checked(_chosen(probabilities, spec, classes), classes)
        self.register_buffer("_probabilities", torch.tensor(checked))

    def probabilities(self) -> Tensor:
        """The prior's probabilities `(K,)`, float32."""
        return self._probabilities

    def sample(self, batch_size: int, *, generator: torch.Generator, step: int | None = None) -> Draw:
        """Draw `(batch_size, K)` one-hot rows on the generator's device; `step` changes nothing."""
        probabilities_K = self._probabilities.to(generator.device)
        index_N = torch.multinomial(probabilities_K, batch_size, replacement=True, generator=generator)
        return one_hot_draw(index_N, classes=self.classes)

    def fixed(self, value: float, batch_size: int, *, device: torch.device) -> Draw:
        """The draw with category `value` in every row.

        Raises:
            GanlabError: there is no such category.
        """
        return fixed_category(value, batch_size, classes=self.classes, device=device)

    def nll(self, parameters_NR: Tensor, draw: Draw, *, target: Literal["hard", "soft"] = "hard") -> Tensor:
        """Cross-entropy `(N,)` in nats of the head's logits `(N, K)` against the drawn category."""
        return categorical_nll(parameters_NR, draw, target=target)


def _chosen(probabilities: Probabilities, spec: PriorSpec, classes: int) -> tuple[float, ...]:
    if probabilities == "uniform":
        return (1 / classes,) * classes
    if probabilities == "true":
        if spec.class_proportions is None:
            raise GanlabError(
                "categorical prior: `probabilities: true` needs a data set with labels: "
                "use `uniform`, or give the numbers"
            )
        return spec.class_proportions
    return tuple(map(float, probabilities))


def _checked(probabilities: tuple[float, ...], classes: int) -> tuple[float, ...]:
    if len(probabilities) != classes:
        raise GanlabError(
            f"categorical prior: {len(probabilities)} probabilities for {classes} classes: "
            f"set `classes: {len(probabilities)}`, or give one for each class"
        )
    negative = [number for number in probabilities if not number >= 0]
    if negative:
        raise GanlabError(f"categorical prior: probability {negative[0]:g} is below 0 or no number: give 0 or more")
    total = math.fsum(probabilities)
    if abs(total - 1) > 1e-6:
        raise GanlabError(f"categorical prior: probabilities sum to {total:g}, not to 1: divide each by {total:g}")
    return probabilities
