"""`cycle`: the latent that the encoder finds in a generated image is to be the one that it was made from.

Mukherjee et al. 2019, arXiv 1809.03627. Generator and encoder minimise, beside the adversarial term,

    beta_n * E ||z_n - E_n(G(z))||^2 + beta_c * E H(z_c, E_c(G(z)))

with H the cross-entropy. The encoder E is the recipe's recognition head on a recognition trunk of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pydantic import NonNegativeFloat
from torch import Tensor

from ganlab_core import CategoricalFactor, GanlabError, LossSpec, StepContext


@dataclass(frozen=True)
class Cycle:
    """Acts in the generator's phase, in which the discriminator does not learn."""

    beta_n: float
    beta_c: float

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum over all that the encoder reads; a scalar. Each part's mean is recorded without its weight.

        What is wrong with a factor of another kind than the paper's two is its own negative log-likelihood.
        """
        (encoded,) = step.recognise("fake")
        terms = []
        for name, parameters_NR in encoded.parameters.items():
            factor = step.prior.factors[name]
            error = factor.nll(parameters_NR.float(), step.latent.draws[name]).mean()
            step.record(name, error)
            terms.append((self.beta_c if isinstance(factor, CategoricalFactor) else self.beta_n) * error)
        return torch.stack(terms).sum()


def cycle(spec: LossSpec, *, beta_n: NonNegativeFloat = 10.0, beta_c: NonNegativeFloat = 10.0) -> Cycle:
    """ClusterGAN's clustering loss: an encoder reads noise and category back from generated images.

    Args:
        beta_n: weight of continuous factors, of which `clustergan` has its squared error.
        beta_c: weight of categorical factors' cross-entropy.

    Raises:
        GanlabError: the prior has nothing that an encoder could read.
    """
    if not spec.codes:
        raise GanlabError(
            "cycle: the prior has nothing that an encoder could read back; "
            "add `prior.noise: {use: clustergan}` and `prior.code: {use: categorical, classes: 10}`, or drop this loss"
        )
    return Cycle(beta_n, beta_c)
