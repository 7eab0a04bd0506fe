"""Improved precision and recall (Kynkaanniemi et al. 2019, arXiv 1904.06991, equations 1 and 2).

The manifold of a set of features is the union of balls around each of them, as large as to reach its k-th neighbour in
the set. Precision is the share of generated images inside the real manifold, recall that of real ones inside the
generated manifold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from pydantic import PositiveInt
from torch import Tensor

from ganlab_core import GanlabError, derived_generator
from ganlab_fid.pair import FeaturePair
from ganlab_fid.source import JUDGE, FeatureSource

if TYPE_CHECKING:
    from ganlab_core import Evaluation

_CHUNK = 256  # rows of a distance matrix at once: 60,000 columns of float64 are then 120 MB


@dataclass(frozen=True)
class Coverage:
    """Shares in [0, 1]: of generated images that look real (precision), of real ones that can be generated (recall)."""

    precision: float
    recall: float


def coverage(pair: FeaturePair, *, k: int = 3, seed: int = 0) -> Coverage:
    """Precision and recall; of the larger side as many images as the smaller has, since balls shrink with the count.

    Raises:
        GanlabError: no more images than neighbours.
    """
    fewest = min(len(pair.real_ND), len(pair.generated_MD))
    if fewest <= k:
        raise GanlabError(f"{fewest} images have no {k} neighbours each; give more than {k} of both, or a smaller k")
    real_ND = _chosen(pair.real_ND, fewest, seed=seed).double()
    generated_ND = _chosen(pair.generated_MD, fewest, seed=seed).double()
    return Coverage(
        precision=_share_inside(generated_ND, manifold_ND=real_ND, k=k),
        recall=_share_inside(real_ND, manifold_ND=generated_ND, k=k),
    )


def _chosen(features_ND: Tensor, count: int, *, seed: int) -> Tensor:
    if len(features_ND) == count:
        return features_ND
    order_N = torch.randperm(len(features_ND), generator=derived_generator(seed, "ganlab-fid", "coverage"))
    return features_ND[order_N[:count]]


def _share_inside(points_MD: Tensor, *, manifold_ND: Tensor, k: int) -> float:
    radii_N = torch.cat([_nearest(chunk_CD, manifold_ND, k) for chunk_CD in manifold_ND.split(_CHUNK)])
    inside = [(torch.cdist(chunk_CD, manifold_ND) <= radii_N).any(dim=1) for chunk_CD in points_MD.split(_CHUNK)]
    return torch.cat(inside).double().mean().item()


def _nearest(chunk_CD: Tensor, manifold_ND: Tensor, k: int) -> Tensor:
    """How far members of the manifold are from their k-th neighbour in it; each member is the nearest to itself."""
    return torch.cdist(chunk_CD, manifold_ND).kthvalue(k + 1, dim=1).values


class PrecisionRecall:
    """Precision (are generated images like real ones?) and recall (are all real ones covered?), in [0, 1].

    Args:
        features: `judge` (the classifier trained on the data set's labels), or a safetensors file of Inception-v3.
        samples: how many images to generate; else `evaluation.samples_per_code` for each category of the class code.
        k: which neighbour a ball reaches to; 3 in the paper.
    """

    def __init__(self, *, features: str = JUDGE, samples: PositiveInt | None = None, k: PositiveInt = 3) -> None:
        self._source = FeatureSource(features=features, samples=samples)
        self._k = k

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: that there will be features."""
        self._source.require(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`precision` and `recall`.

        Raises:
            GanlabError: no labels and no weights, too few images, or what a `FeaturePair` refuses.
        """
        found = coverage(self._source.pair(evaluation), k=self._k, seed=evaluation.seed)
        return {"precision": found.precision, "recall": found.recall}
