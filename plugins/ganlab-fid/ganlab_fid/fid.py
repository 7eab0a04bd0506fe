"""FID (Heusel et al. 2017, arXiv 1706.08500, equation 6): how far apart two Gaussians fitted to features are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from ganlab_fid.pair import FeaturePair
from ganlab_fid.source import JUDGE, FeatureSource

if TYPE_CHECKING:
    from ganlab_core import Evaluation

_log = logging.getLogger(__name__)


def frechet_distance(pair: FeaturePair) -> float:
    """Squared Frechet distance between the Gaussians of both sides' means and covariances, at least 0, in float64.

    Warns in the log if a side has too few images for a covariance of full rank: the distance is then biased upwards,
    and only figures of equal counts can be compared.
    """
    # Imported late: torchmetrics takes seconds, and only an evaluation needs it.
    from torchmetrics.image.fid import FrechetInceptionDistance

    width = pair.real_ND.shape[1]
    fewest = min(len(pair.real_ND), len(pair.generated_MD))
    if fewest <= width:
        _log.warning(
            "fid: %d images give %d features a singular covariance, so the distance is too large; compare it only with "
            "others of as many images, or give more than %d",
            fewest,
            width,
            width,
        )
    narrow = _in_span(pair)
    metric = FrechetInceptionDistance(feature=_AsGiven(narrow.real_ND.shape[1]))
    metric.update(narrow.real_ND, real=True)
    metric.update(narrow.generated_MD, real=False)
    return max(0.0, float(metric.compute()))  # rounding can leave it at -1e-14


class _AsGiven(nn.Module):
    """Features for torchmetrics, which would find out their number with a random image if it were not told."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features_ND: Tensor) -> Tensor:
        """What was given."""
        return features_ND


def _in_span(pair: FeaturePair) -> FeaturePair:
    """Both sides in float64, in no more dimensions than they span together: a rotation, which leaves distances alone.

    A few images of 2,048 features each would otherwise wait for the eigenvalues of a 2,048 x 2,048 matrix.
    """
    real_ND, generated_MD = pair.real_ND.double(), pair.generated_MD.double()
    together_LD = torch.cat([real_ND, generated_MD])
    if len(together_LD) >= together_LD.shape[1]:
        return FeaturePair(real_ND, generated_MD)
    basis_DL = torch.linalg.qr(together_LD.T).Q
    return FeaturePair(real_ND @ basis_DL, generated_MD @ basis_DL)


class Fid:
    """FID: Frechet distance between features of generated and of training images; low is good.

    Args:
        features: `judge` (the classifier trained on the data set's labels), or a safetensors file of Inception-v3.
        samples: how many images to generate; else `evaluation.samples_per_code` for each category of the class code.
    """

    def __init__(self, *, features: str = JUDGE, samples: PositiveInt | None = None) -> None:
        self._source = FeatureSource(features=features, samples=samples)

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: that there will be features."""
        self._source.require(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`fid`, at least 0.

        Raises:
            GanlabError: no labels and no weights, or what a `FeaturePair` refuses.
        """
        return {"fid": frechet_distance(self._source.pair(evaluation))}
