"""The recognition head as a clustering of the real images: ACC, NMI and ARI against the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganlab_core import contingency_table, matched_accuracy

if TYPE_CHECKING:
    from ganlab_core import Evaluation


class RealClustering:
    """ACC (after one-to-one matching), NMI and ARI of the recognition head on real images; needs labels."""

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`real_acc` and `real_nmi` (arithmetic) in [0, 1], `real_ari` in [-0.5, 1].

        Nothing without labels or without a class code.
        """
        labels_N, true_prior = evaluation.data.labels_N, evaluation.true_prior
        if evaluation.code is None or labels_N is None or true_prior is None:
            return {}
        from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score  # here, as in `Nmi`

        codes_N = evaluation.real_codes_N
        table_KL = contingency_table(codes_N, labels_N, codes=len(evaluation.learned_prior_K), classes=len(true_prior))
        labels, codes = labels_N.cpu().numpy(), codes_N.cpu().numpy()
        return {
            "real_acc": matched_accuracy(table_KL),
            "real_nmi": float(normalized_mutual_info_score(labels, codes, average_method="arithmetic")),
            "real_ari": float(adjusted_rand_score(labels, codes)),
        }
