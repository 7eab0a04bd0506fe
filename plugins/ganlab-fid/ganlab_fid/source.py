"""`FeatureSource`: features of a model's images and of those it was trained on, each computed once however many ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from ganlab_core import GanlabError, ImageData, derived_seed, generate, to_unit_range, user_path
from ganlab_fid.inception import load_inception
from ganlab_fid.pair import FeaturePair, require_distribution

if TYPE_CHECKING:
    from ganlab_core import Evaluation

JUDGE = "judge"
_BATCH = 500
_WITHOUT_CODE = 10  # a prior without a class code is sampled as if it had this many categories


class FeatureNetwork(Protocol):
    """What turns images into features: a judge, or Inception-v3."""

    def features(self, images_NCHW: Tensor) -> Tensor:
        """Features `(N, D)` on the CPU of images in [-1, 1]."""


class FeatureSource:
    """What the metrics share: where features come from, and how many images are drawn.

    Args:
        features: `judge`, or a safetensors file of torchvision's Inception-v3.
        samples: how many images to generate; as `sample_count` says if None.

    Raises:
        GanlabError: a file of weights that is not there or does not fit; at once, not at the first evaluation.
    """

    def __init__(self, *, features: str, samples: int | None) -> None:
        self._weights = None if features == JUDGE else user_path(features)
        self._samples = samples
        if self._weights is not None:
            load_inception(self._weights)

    def pair(self, evaluation: Evaluation) -> FeaturePair:
        """Features of all training images, and of as many generated ones as asked for, drawn from the prior as it is.

        Raises:
            GanlabError: the judge's features are wanted, and the data set has no labels.
        """
        network = self._network(evaluation)
        count = self._samples or sample_count(evaluation)
        return FeaturePair(
            real_ND=_real_features(network, evaluation.data),
            generated_MD=_generated_features(network, evaluation, count),
        )

    def require(self, evaluation: Evaluation) -> None:
        """Check before a run that there will be features, and images enough to compare.

        Raises:
            GanlabError: there won't.
        """
        for whose, count in (("real", len(evaluation.data)), ("generated", self._samples or sample_count(evaluation))):
            require_distribution(count, whose=whose)
        if self._weights is None:
            if not evaluation.has_labels:
                raise self._no_labels(evaluation)
            evaluation.require_judge()

    def _no_labels(self, evaluation: Evaluation) -> GanlabError:
        return GanlabError(
            f"features: judge needs labels, and {evaluation.data.name} has none; give a safetensors file of "
            "Inception-v3 weights instead: `features: PATH`"
        )

    def _network(self, evaluation: Evaluation) -> FeatureNetwork:
        if self._weights is not None:
            return load_inception(self._weights).to(evaluation.device)
        if evaluation.judge is None:
            raise self._no_labels(evaluation)
        return evaluation.judge


def sample_count(evaluation: Evaluation) -> int:
    """`samples_per_code` for each category of the class code; ten times that where the prior has none."""
    classes = _WITHOUT_CODE if evaluation.code is None else len(evaluation.learned_prior_K)
    return evaluation.samples_per_code * classes


# By identity, and gone with its key: real images are looked at once a run, generated ones once an evaluation.
_real: WeakKeyDictionary[FeatureNetwork, dict[str, Tensor]] = WeakKeyDictionary()
_generated: WeakKeyDictionary[Evaluation, dict[tuple[FeatureNetwork, int], Tensor]] = WeakKeyDictionary()


def _real_features(network: FeatureNetwork, data: ImageData) -> Tensor:
    known = _real.setdefault(network, {})
    if data.content_hash not in known:
        batches = [network.features(to_unit_range(batch_NCHW)) for batch_NCHW in data.images_NCHW.split(_BATCH)]
        known[data.content_hash] = torch.cat(batches)
    return known[data.content_hash]


def _generated_features(network: FeatureNetwork, evaluation: Evaluation, count: int) -> Tensor:
    known = _generated.setdefault(evaluation, {})
    if (network, count) not in known:
        known[network, count] = torch.cat([network.features(batch) for batch in _drawn(evaluation, count)])
    return known[network, count]


def _drawn(evaluation: Evaluation, count: int) -> Iterator[Tensor]:
    """Generated images in batches, `(M, C, H, W)` in [-1, 1]; the same for the same seed."""
    for start in range(0, count, _BATCH):
        yield generate(
            evaluation.model.average,
            evaluation.model.prior,
            min(_BATCH, count - start),
            seed=derived_seed(evaluation.seed, "ganlab-fid", start),
            device=evaluation.device,
        )
