"""An embedding as directions: its principal coordinates, whitened in part, of unit length.

Features of a frozen network have few directions in which images differ much and many in which they hardly do; what
tells classes apart is often in the middle. Dividing each coordinate by a power of its spread weighs that up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

Matrix = NDArray[np.float64]

_LEAST_SPREAD = 1e-6  # of the largest: what varies less is rounding, which whitening would blow up
_PASSES = 6  # over the embedding: enough for the hundredth direction


def principal_coordinates(embedding_ND: Matrix, *, at_most: int) -> Matrix:
    """Coordinates along the directions of most variance, `(N, at_most)` or fewer, most variance first.

    Of vectors of unit length: how long a feature vector is says how much is in the image, not what.
    """
    unit_ND = unit_length(embedding_ND)
    centred_ND = unit_ND - unit_ND.mean(axis=0)
    left_NC, spread_C, _ = randomized_svd(centred_ND, min(at_most, *centred_ND.shape), n_iter=_PASSES, random_state=0)
    varies_C = spread_C > _LEAST_SPREAD * max(spread_C.max(initial=0.0), _LEAST_SPREAD)
    return (left_NC * spread_C)[:, varies_C] if varies_C.any() else np.zeros((len(centred_ND), 1))


def whitened(coordinates_NC: Matrix, *, width: int, power: float) -> Matrix:
    """Directions `(N, width)`: the first coordinates, each divided by that power of its spread, of unit length."""
    kept_NC = coordinates_NC[:, :width]
    return unit_length(kept_NC / np.maximum(kept_NC.std(axis=0), np.finfo(float).tiny) ** power)


def unit_length(points_ND: Matrix) -> Matrix:
    """Points on the unit sphere; one at the origin stays there."""
    lengths_N1 = np.linalg.norm(points_ND, axis=1, keepdims=True)
    return np.asarray(np.divide(points_ND, lengths_N1, out=np.zeros_like(points_ND), where=lengths_N1 > 0.0))
