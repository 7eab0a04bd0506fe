"""How sure an image's class is: how much more like its own class it is than like others, made as right as agreement."""

from __future__ import annotations

import statistics

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from ganlab_elastic.clusters.coordinates import Matrix
from ganlab_elastic.clusters.trees import Codes, cut, matched_share

_SLOPE, _OFFSET = 1.9, -0.91
_MOST_RIGHT = 0.98
_DRAWN_IN = 0.75  # of the way from an image's own confidence to the mean
_AHEAD = 1e-2  # of an image's own class, in the logarithm of likeness
_LEAST = 1e-3  # likeness to a class that an image is never seen with


def expected_accuracy(trees: list[Matrix], codes_N: Codes, *, classes: int) -> float:
    """What share of images is probably right, from `1 / classes` to 0.98: a line of how far trees agree.

    Agreement is the mean share of images on which a tree's own classes are the consensus's. Trees of one embedding err
    together, so that they agree more often than they are right: the line was fitted by least squares to 21 draws of
    six labelled collections, frozen features with patches and colours beside them, told how many classes there are. It
    leaves 0.08 of error (root mean square), and 0.12 on a collection that it was not fitted to.
    """
    agreed = statistics.fmean(matched_share(cut(tree, groups=classes), codes_N, classes=classes) for tree in trees)
    return min(_MOST_RIGHT, max(1.0 / classes, _SLOPE * agreed + _OFFSET))


def probabilities(
    alike_NN: NDArray[np.float32], codes_N: Codes, *, classes: int, accuracy: float
) -> NDArray[np.float32]:
    """Each image's probability of each class, float32 `(N, K)`, with a mean of the largest that is `accuracy`.

    A class's odds are a power of the image's mean likeness to the class's images; the power is what `accuracy` sets.
    """
    member_NK = np.eye(classes, dtype=np.float32)[codes_N]
    logits_NK = np.log((alike_NN @ member_NK) / member_NK.sum(axis=0) + _LEAST).astype(np.float64)
    # The largest is to be the image's own class, whatever ties and averages say.
    own_N = logits_NK[np.arange(len(codes_N)), codes_N]
    logits_NK = np.minimum(logits_NK, own_N[:, None] - _AHEAD)
    logits_NK[np.arange(len(codes_N)), codes_N] = own_N

    def excess(power: float) -> float:
        return float(_softmax(power * logits_NK).max(axis=1).mean()) - accuracy

    least, most = 1e-3, 1e2
    if excess(least) >= 0:
        power = least
    elif excess(most) <= 0:
        power = most
    else:
        power = scipy.optimize.brentq(excess, least, most)
    return _drawn_in(_softmax(power * logits_NK), codes_N, accuracy=accuracy).astype(np.float32)


def _drawn_in(sure_NK: Matrix, codes_N: Codes, *, accuracy: float) -> Matrix:
    """Probabilities of which each image's largest is drawn towards `accuracy`, the others keeping their proportions.

    How sure the ensemble is of one image and not of another tells less than it seems: its members err together.
    """
    if sure_NK.shape[1] == 1:
        return sure_NK
    each_N = np.arange(len(codes_N))
    rest_NK = sure_NK + _LEAST / sure_NK.shape[1]
    rest_NK[each_N, codes_N] = 0.0
    largest_N = (1 - _DRAWN_IN) * sure_NK[each_N, codes_N] + _DRAWN_IN * accuracy
    drawn_NK = rest_NK / rest_NK.sum(axis=1, keepdims=True) * (1 - largest_N)[:, None]
    # No other may come out ahead.
    largest_N = np.maximum(largest_N, drawn_NK.max(axis=1) + _LEAST)
    drawn_NK[each_N, codes_N] = largest_N
    return np.asarray(drawn_NK / drawn_NK.sum(axis=1, keepdims=True))


def _softmax(logits_NK: Matrix) -> Matrix:
    odds_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
    return np.asarray(odds_NK / odds_NK.sum(axis=1, keepdims=True))
