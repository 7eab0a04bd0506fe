"""The code-by-class table of generated images, labelled by the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganlab_core import ContingencyTable, contingency_table

if TYPE_CHECKING:
    from ganlab_core import Evaluation


def can_label(evaluation: Evaluation) -> bool:
    """Whether there is a class code to judge, and a judge; without either the metrics have nothing to say."""
    return evaluation.code is not None and evaluation.judge is not None


def require_judge(evaluation: Evaluation) -> None:
    """Before a run: where there will be labels and a class code, that there will be a judge too.

    Raises:
        GanlabError: there won't.
    """
    if evaluation.code is not None and evaluation.has_labels:
        evaluation.require_judge()


def generated_table(evaluation: Evaluation) -> ContingencyTable:
    """How many generated images of each code the judge takes for each class, `(K, L)`."""
    assert evaluation.true_prior is not None  # a judge needs a labelled data set
    return contingency_table(
        evaluation.generated_codes_M,
        evaluation.generated_labels_M,
        codes=len(evaluation.learned_prior_K),
        classes=len(evaluation.true_prior),
    )
