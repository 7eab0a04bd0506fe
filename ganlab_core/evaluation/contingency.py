"""The code-by-class count table, and what follows from it: one-to-one matching, matched accuracy, purity.

Shape suffixes: K codes, L classes, M images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

ContingencyTable: TypeAlias = npt.NDArray[np.int64]
"""How many images have code k and class l, `(K, L)`."""


def contingency_table(codes_M: Tensor, labels_M: Tensor, *, codes: int, classes: int) -> ContingencyTable:
    """How many images have code k and class l, `(K, L)`; codes in 0..codes-1, labels in 0..classes-1."""
    cell_M = codes_M.cpu() * classes + labels_M.cpu()
    counts: ContingencyTable = torch.bincount(cell_M, minlength=codes * classes).view(codes, classes).numpy()
    return counts


def match_codes(table_KL: ContingencyTable | npt.NDArray[np.float64]) -> list[int | None]:
    """A class for each code, no class twice, that covers most images (Hungarian method; Kuhn 1955).

    Counts may be soft, sums of probabilities. With more codes than classes, the codes left over get None.
    """
    from scipy.optimize import linear_sum_assignment  # here, since scipy takes a while and listing parts needs none

    class_of = dict(zip(*linear_sum_assignment(table_KL, maximize=True), strict=True))
    return [int(class_of[code]) if code in class_of else None for code in range(len(table_KL))]


def matched_accuracy(table_KL: ContingencyTable, matched_K: Sequence[int | None] | None = None) -> float:
    """Fraction of the images whose code is the one matched to their class, in [0, 1].

    Args:
        table_KL: as `contingency_table` gives it.
        matched_K: a class for each code, or None; as `match_codes` finds them if left out.
    """
    matched_K = match_codes(table_KL) if matched_K is None else matched_K
    hits = sum(table_KL[code, label] for code, label in enumerate(matched_K) if label is not None)
    return float(hits / table_KL.sum())


def purity(table_KL: ContingencyTable) -> float:
    """Fraction of the images that are of their code's commonest class, in [0, 1]; codes may share a class."""
    return float(table_KL.max(axis=1).sum() / table_KL.sum())
