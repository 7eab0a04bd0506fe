"""How many images each code was given, how surely, and how distinct it is from the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_core.evaluation.distinctness import distinctness
from ganlab_core.runs.found import Found
from ganlab_core.verbs.report.real_images import RealImages


@dataclass(frozen=True)
class CodeFigures:
    """A value for each of K codes; None where it is not known.

    Attributes:
        assigned_K: the part of the real images that each was given.
        confidences_K: the mean probability of these images to be of it.
        distinctness_K: how much nearer they lie to one another than to the next code, -1 to 1.
        apart_KK: the same of the row's images from the column's code; NaN of codes without images.
    """

    assigned_K: Sequence[float] | None
    confidences_K: Sequence[float | None]
    distinctness_K: Sequence[float | None]
    apart_KK: Tensor | None


def code_figures(codes: int, *, real: RealImages | None, found: Found | None) -> CodeFigures:
    """From the real images, or, where they are not at hand, from what the run says was found in them."""
    unknown: list[float | None] = [None] * codes
    if real is not None:
        return _of_images(codes, real)
    if found is None or len(found.counts) != codes or len(found.mean_confidences) != codes or not found.images:
        return CodeFigures(None, unknown, unknown, None)
    return CodeFigures([count / found.images for count in found.counts], found.mean_confidences, unknown, None)


def _of_images(codes: int, real: RealImages) -> CodeFigures:
    codes_N, confidences_N = real.assigned.codes_N, real.assigned.confidences_N.double()
    sums_K = torch.zeros(codes, dtype=torch.float64).index_add_(0, codes_N, confidences_N)
    found = distinctness(real.assigned.embeddings_ND, codes_N, codes=codes)
    return CodeFigures(
        assigned_K=real.shares_K,
        confidences_K=_where_known(sums_K / torch.bincount(codes_N, minlength=codes)),
        distinctness_K=_where_known(found.codes_K),
        apart_KK=found.pairs_KK,
    )


def _where_known(values_K: Tensor) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values_K.tolist()]
