"""How far the learned prior is from the true class proportions (Ojha et al., arXiv 1910.01112)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab_core.evaluation.contingency import match_codes
from ganlab_elastic.metrics.generated import can_label, generated_table

if TYPE_CHECKING:
    from ganlab_core.interface.evaluation import Evaluation


def matched_rmse(prior_K: Sequence[float], true_L: Sequence[float], matched_K: Sequence[int | None]) -> float:
    """Root mean square difference between each code's probability and its matched class's proportion.

    The shorter side is padded with zeros: a code without a class is compared with 0, and so is a class without a code;
    the mean is over max(K, L) pairs.
    """
    to_codes = [0.0 if label is None else true_L[label] for label in matched_K]
    left_over = [share for label, share in enumerate(true_L) if label not in matched_K]
    differences = np.concatenate([np.subtract(prior_K, to_codes), left_over])
    return float(np.sqrt(np.mean(differences**2)))


class PriorRmse:
    """RMSE between learned and true class proportions after one-to-one matching of codes to classes; needs labels.

    `prior_rmse_uniform` is what a uniform prior would score with the same matching, `prior_rmse_ratio` the first over
    the second: below 1 the prior has learned something, at 0 all; left out where the true proportions are uniform.
    """

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]:
        """The errors, both priors (`learned_prior` by code, `true_prior` by class) and `matched_classes` by code.

        Without labels only the learned prior is given, and nothing without a class code.
        """
        if evaluation.code is None:
            return {}
        learned: list[float] = evaluation.learned_prior_K.tolist()
        if not can_label(evaluation) or evaluation.true_prior is None:
            return {"learned_prior": learned}
        matched = match_codes(generated_table(evaluation))
        uniform = [1.0 / len(learned)] * len(learned)
        error, uniform_error = (matched_rmse(prior, evaluation.true_prior, matched) for prior in (learned, uniform))
        ratio = {"prior_rmse_ratio": error / uniform_error} if uniform_error > 0.0 else {}
        return {
            "prior_rmse": error,
            "prior_rmse_uniform": uniform_error,
            **ratio,
            "learned_prior": learned,
            "true_prior": list(evaluation.true_prior),
            "matched_classes": matched,
        }
