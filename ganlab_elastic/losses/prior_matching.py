"""Pulls the learned prior towards how often the recognition head sees each category in real images.

KL(mean Q(c | x) || p) over the real batch, in theta only. Its gradient in theta is p - mean Q, which is linear in the
mean, so a batch's mean gives an unbiased estimate of the gradient for the whole data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ganlab_core.component import GanlabError
from ganlab_core.training.context import StepContext
from ganlab_elastic.codes import categorical_code
from ganlab_elastic.priors import ElasticCategorical


def kl_to_prior(mean_K: Tensor, theta_K: Tensor) -> Tensor:
    """KL(mean || softmax(theta)), a scalar in nats; no gradient reaches `mean_K`."""
    return F.kl_div(theta_K.log_softmax(dim=0), mean_K.detach(), reduction="sum")


@dataclass(frozen=True)
class PriorMatching:
    """Acts in the generator's phase; the prior's warm-up holds for it too."""

    code: str | None

    def generator(self, step: StepContext) -> Tensor:
        """The divergence for this batch; a scalar in nats.

        Raises:
            GanlabError: the code has no probabilities to learn.
        """
        code = categorical_code(step.prior, self.code, asked_by="prior-matching")
        factor = step.prior.categorical[code]
        if not isinstance(factor, ElasticCategorical):
            raise GanlabError(
                f"prior-matching: the probabilities of `prior.{code}` are fixed; "
                f"make it `use: elastic`, or drop this loss"
            )
        (recognition,) = step.recognise("real")
        mean_K = recognition.parameters[code].float().softmax(dim=1).mean(dim=0)
        return kl_to_prior(mean_K, factor.theta_at(step.number))


def prior_matching(*, code: str | None = None) -> PriorMatching:
    """Pulls the learned prior towards the mean prediction on real images.

    Args:
        code: the elastic code to match; the prior's first categorical one if left out.
    """
    return PriorMatching(code)
