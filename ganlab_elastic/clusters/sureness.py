"""How sure an image's class is: how much more like its own class it is than like others, made as right as agreement."""

from __future__ import annotations

import statistics

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from ganlab_core import match_codes
from ganlab_elastic.clusters.coordinates import Matrix
from ganlab_elastic.clusters.trees import Codes, cut

_ERR_TOGETHER = 3
_LEAST = 1e-3  # likeness to a class that an image is never seen with


def expected_accuracy(trees: list[Matrix], codes_N: Codes, *, classes: int) -> float:
    """What share of images is probably right: the cube of the mean share on which a tree's classes are the consensus's.

    Trees of one embedding err together, so that they agree more often than they are right.
    """
    agreed = statistics.fmean(_matched(cut(tree, groups=classes), codes_N, classes=classes) for tree in trees)
    return agreed**_ERR_TOGETHER


def probabilities(
    alike_NN: NDArray[np.float32], codes_N: Codes, *, classes: int, accuracy: float
) -> NDArray[np.float32]:
    """Each image's probability of each class, float32 `(N, K)`, with a mean of the largest that is `accuracy`.

    A class's odds are a power of the image's mean likeness to the class's images; the power is what `accuracy` sets.
    """
    member_NK = np.eye(classes, dtype=np.float32)[codes_N]
    logits_NK = np.log((alike_NN @ member_NK) / member_NK.sum(axis=0) + _LEAST).astype(np.float64)
    # The largest is to be the image's own class, whatever ties and averages say.
    own_N1 = np.take_along_axis(logits_NK, codes_N[:, None], axis=1)
    logits_NK = np.minimum(logits_NK, own_N1)

    def excess(power: float) -> float:
        return float(_softmax(power * logits_NK).max(axis=1).mean()) - accuracy

    least, most = 1e-3, 1e2
    if excess(least) >= 0:
        power = least
    elif excess(most) <= 0:
        power = most
    else:
        power = scipy.optimize.brentq(excess, least, most)
    return _softmax(power * logits_NK).astype(np.float32)


def _matched(one_N: Codes, other_N: Codes, *, classes: int) -> float:
    overlap_KK = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(overlap_KK, (one_N, other_N), 1)
    matched = sum(overlap_KK[row, column] for row, column in enumerate(match_codes(overlap_KK)) if column is not None)
    return float(matched / len(one_N))


def _softmax(logits_NK: Matrix) -> Matrix:
    odds_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
    return np.asarray(odds_NK / odds_NK.sum(axis=1, keepdims=True))
