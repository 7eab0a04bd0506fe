"""KID (Binkowski et al. 2018, arXiv 1801.01401, section 4): squared MMD of features under a cubic kernel, unbiased."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field, PositiveInt
from torch import nn

from ganlab_core import derived_seed
from ganlab_fid.pair import FeaturePair
from ganlab_fid.source import JUDGE, FeatureSource

if TYPE_CHECKING:
    from ganlab_core import Evaluation


@dataclass(frozen=True)
class KernelDistance:
    """Mean and standard deviation of the estimates of many subsets; unbiased, so the mean may fall below 0."""

    mean: float
    std: float


def kernel_distance(pair: FeaturePair, *, subsets: int = 100, subset_size: int = 1000, seed: int = 0) -> KernelDistance:
    """The estimate on `subsets` random subsets of `subset_size` images of each side, or of as many as there are."""
    # Imported late: torchmetrics takes seconds, and only an evaluation needs it.
    from torchmetrics.image.kid import KernelInceptionDistance

    size = min(subset_size, len(pair.real_ND), len(pair.generated_MD))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*will save all extracted features in buffer")
        metric = KernelInceptionDistance(feature=nn.Identity(), subsets=subsets, subset_size=size)
    metric.update(pair.real_ND.double(), real=True)
    metric.update(pair.generated_MD.double(), real=False)
    with torch.random.fork_rng(devices=[]):
        # torchmetrics draws subsets from the global generator, which a training run must find as it left it.
        torch.default_generator.manual_seed(seed)
        mean, std = metric.compute()
    return KernelDistance(mean=float(mean), std=float(std))


class Kid:
    """KID: kernel distance between features of generated and of training images; low is good, unbiased by few images.

    Args:
        features: `judge` (the classifier trained on the data set's labels), or a safetensors file of Inception-v3.
        samples: how many images to generate; else `evaluation.samples_per_code` for each category of the class code.
        subsets: over how many random subsets to average.
        subset_size: images of each side in a subset; fewer where there are not as many.
    """

    def __init__(
        self,
        *,
        features: str = JUDGE,
        samples: PositiveInt | None = None,
        subsets: PositiveInt = 100,
        subset_size: Annotated[int, Field(ge=2)] = 1000,
    ) -> None:
        self._source = FeatureSource(features=features, samples=samples)
        self._subsets = subsets
        self._subset_size = subset_size

    def require(self, evaluation: Evaluation) -> None:
        """Before a run: that there will be features."""
        self._source.require(evaluation)

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`kid`, and `kid_std` over the subsets.

        Raises:
            GanlabError: no labels and no weights, or what a `FeaturePair` refuses.
        """
        found = kernel_distance(
            self._source.pair(evaluation),
            subsets=self._subsets,
            subset_size=self._subset_size,
            seed=derived_seed(evaluation.seed, "ganlab-fid", "subsets"),
        )
        return {"kid": found.mean, "kid_std": found.std}
