"""NMI: normalised mutual information between the codes of generated images and their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganlab_elastic.metrics.generated import can_label, require_judge

if TYPE_CHECKING:
    from ganlab_core import Evaluation


class Nmi:
    """NMI between codes and classes of generated images, in [0, 1]; needs labels.

    `nmi` is normalised by the arithmetic mean of the two entropies, `nmi_geometric` by their geometric mean, which was
    scikit-learn's default before 0.22, so that a published figure may be either.
    """

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: as `require_judge`."""
        require_judge(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """Both normalisations; nothing without labels or without a class code."""
        if not can_label(evaluation):
            return {}
        from sklearn.metrics import normalized_mutual_info_score  # here, since listing parts needs none of it

        labels_M, codes_M = evaluation.generated_labels_M.cpu().numpy(), evaluation.generated_codes_M.cpu().numpy()
        return {
            "nmi": float(normalized_mutual_info_score(labels_M, codes_M, average_method="arithmetic")),
            "nmi_geometric": float(normalized_mutual_info_score(labels_M, codes_M, average_method="geometric")),
        }
