"""ENT (Ojha et al., arXiv 1910.01112): how mixed the codes are in classes, and the classes in codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ganlab_core import ContingencyTable, entropy
from ganlab_elastic.metrics.generated import can_label, generated_table, require_judge

if TYPE_CHECKING:
    from ganlab_core import Evaluation


def mean_table_entropy(table_KL: ContingencyTable) -> float:
    """Mean over the rows and columns of the entropy of each one's proportions, in nats; 0 is a perfect match.

    A row or column without any image has no proportions and is left out of the mean.
    """
    lines = [line for line in (*table_KL, *table_KL.T) if line.sum() > 0]
    return float(np.mean([entropy(line) for line in lines]))


class Ent:
    """ENT, mean entropy of classes in a code and of codes in a class, in nats, low is good; needs labels.

    Never to be read alone: a generator that shows one class only has a single column, and rows of entropy 0.
    """

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: as `require_judge`."""
        require_judge(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`ent`; nothing without labels or without a class code."""
        return {"ent": mean_table_entropy(generated_table(evaluation))} if can_label(evaluation) else {}
