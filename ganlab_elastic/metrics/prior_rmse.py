"""How far the learned prior is from the true class proportions (Ojha et al., arXiv 1910.01112)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab_core import Proportions, match_codes
from ganlab_elastic.metrics.generated import can_label, generated_table, require_judge

if TYPE_CHECKING:
    from ganlab_core import Evaluation


def matched_rmse(proportions: Proportions) -> float:
    """Root mean square difference between each code's probability and its matched class's proportion.

    The shorter side is padded with zeros: a code without a class is compared with 0, and so is a class without a code;
    the mean is over max(K, L) pairs.
    """
    differences = [pair.learned - (pair.true or 0.0) for pair in proportions.pairs()]
    return float(np.sqrt(np.mean(np.square(differences))))


class PriorRmse:
    """RMSE between learned and true class proportions after one-to-one matching of codes to classes; needs labels.

    `prior_rmse_uniform` is what a uniform prior would score with the same matching, `prior_rmse_ratio` the first over
    the second: below 1 the prior has learned something, at 0 all; left out where the true proportions are uniform.
    """

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: as `require_judge`."""
        require_judge(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        """The errors, and the proportions that they compare.

        Without labels only the learned prior is given, and nothing without a class code.
        """
        if evaluation.code is None:
            return {}
        learned_K = tuple(evaluation.learned_prior_K.tolist())
        if not can_label(evaluation) or evaluation.true_prior is None:
            return {"proportions": Proportions(learned_K)}
        matched_K = tuple(match_codes(generated_table(evaluation)))
        learned = Proportions(learned_K, evaluation.true_prior, matched_K)
        uniform = replace(learned, learned_K=(1.0 / len(learned_K),) * len(learned_K))
        error, uniform_error = matched_rmse(learned), matched_rmse(uniform)
        ratio = {"prior_rmse_ratio": error / uniform_error} if uniform_error > 0.0 else {}
        return {"prior_rmse": error, "prior_rmse_uniform": uniform_error, **ratio, "proportions": learned}
