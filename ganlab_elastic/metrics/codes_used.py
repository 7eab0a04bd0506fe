"""How many categories the learned prior keeps alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ganlab_core.interface.evaluation import Evaluation

_ALIVE = 0.01


def perplexity(prior_K: Tensor) -> float:
    """exp(entropy): how many equally likely categories would be as uncertain; from 1 to K."""
    return float(torch.special.entr(prior_K).sum().exp())


class CodesUsed:
    """How many codes have more than 1 % of the learned prior, and the prior's perplexity."""

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        """`codes_used` and `prior_perplexity`; nothing without a class code."""
        if evaluation.code is None:
            return {}
        prior_K = evaluation.learned_prior_K
        return {"codes_used": int((prior_K > _ALIVE).sum()), "prior_perplexity": perplexity(prior_K)}
