"""How many categories the learned prior keeps alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganlab_core import perplexity

if TYPE_CHECKING:
    from ganlab_core import Evaluation

_ALIVE = 0.01


class CodesUsed:
    """How many codes have more than 1 % of the learned prior, and the prior's perplexity."""

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        """`codes_used` and `prior_perplexity`; nothing without a class code."""
        if evaluation.code is None:
            return {}
        prior_K = evaluation.learned_prior_K
        return {"codes_used": int((prior_K > _ALIVE).sum()), "prior_perplexity": perplexity(prior_K)}
