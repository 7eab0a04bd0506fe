"""A real image and an identity-preserving view of it are to be recognised alike (Ojha et al., arXiv 1910.01112).

Two forms: contrastive, NT-Xent between embeddings (the paper's second version), and pairwise, a distance between the
two predictions of a code (its first version). Either can have the entropy term, which keeps predictions confident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import NonNegativeFloat, PositiveFloat
from torch import Tensor

from ganlab_core import GanlabError, LossSpec, Recognition, StepContext
from ganlab_elastic.losses.codes import categorical_code
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.losses.pairwise import DISTANCES, Distance, mean_entropy
from ganlab_elastic.views.views import MILD_VIEWS, Views


@dataclass(frozen=True)
class Consistency:
    """Compares what the recognition head says of the real batch and of its view; acts in the generator's phase."""

    form: Literal["nt-xent"] | Distance
    temperature: float
    entropy: float
    code: str | None
    views: Views

    def generator(self, step: StepContext) -> Tensor:
        """Distance between the two, plus the weighted entropy of both predictions; a scalar."""
        original, viewed = step.recognise("real", self.views)
        loss = self._distance(step, original, viewed)
        if self.entropy > 0.0:
            entropy = mean_entropy(torch.cat(self._predictions(step, original, viewed)))
            step.record("distance", loss)
            step.record("entropy", entropy)
            loss = loss + self.entropy * entropy
        return loss

    def _distance(self, step: StepContext, original: Recognition, viewed: Recognition) -> Tensor:
        if self.form == "nt-xent":
            return nt_xent(original.embedding_ND, viewed.embedding_ND, temperature=self.temperature)
        return DISTANCES[self.form](*self._predictions(step, original, viewed)).mean()

    def _predictions(self, step: StepContext, *recognitions: Recognition) -> list[Tensor]:
        code = categorical_code(step.prior, self.code, asked_by="consistency")
        return [recognition.parameters[code].float() for recognition in recognitions]


def consistency(
    spec: LossSpec,
    *,
    form: Literal["nt-xent", "squared", "kl", "js", "cosine"] = "nt-xent",
    temperature: PositiveFloat = 1.0,
    entropy: NonNegativeFloat = 0.0,
    code: str | None = None,
    views: Views = MILD_VIEWS,
) -> Consistency:
    """Elastic-InfoGAN's consistency: a real image and its random view are recognised alike.

    Args:
        form: NT-Xent between embeddings, or a distance between predictions: squared, KL, Jensen-Shannon or cosine.
        temperature: of NT-Xent; the other forms have none.
        entropy: weight of the predictions' mean entropy, which keeps them confident.
        code: the code whose predictions the pairwise forms and the entropy use; the prior's first categorical one if
            left out.
        views: the random transformation that keeps what an image shows.

    Raises:
        GanlabError: the prior has no code of that name.
    """
    if code is not None and code not in spec.codes:
        raise GanlabError(f"consistency: `code: {code}` is no code of the prior; it has {list(spec.codes)}")
    return Consistency(form, temperature, entropy, code, views)
