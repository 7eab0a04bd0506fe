"""Purity of the codes: like ACC, but several codes may stand for one class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganlab_core import purity
from ganlab_elastic.metrics.generated import can_label, generated_table, require_judge

if TYPE_CHECKING:
    from ganlab_core import Evaluation


class Purity:
    """Fraction of generated images that are of their code's most frequent class, in [0, 1]; needs labels."""

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: as `require_judge`."""
        require_judge(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`purity`; nothing without labels or without a class code."""
        return {"purity": purity(generated_table(evaluation))} if can_label(evaluation) else {}
