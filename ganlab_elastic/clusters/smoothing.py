"""Moving images towards their neighbours, so that those of one class gather (manifold denoising).

    X <- (1 - a) X + a D^-1 W X,      a = 1/2,

some rounds of diffusion on the graph of nearest neighbours, after Hein and Maier 2006 (Manifold Denoising, NeurIPS 19),
with the weights of self-tuning spectral clustering (Zelnik-Manor and Perona 2004).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from ganlab_elastic.clusters.coordinates import Matrix, unit_length

_SHARE = 0.5
_NEAR = 5  # which neighbour's distance is an image's own scale, from 0
_BLOCK = 1024


def smoothed(directions_ND: Matrix, *, neighbours: int, rounds: int) -> Matrix:
    """Directions after some rounds of moving towards their neighbours, of unit length again; no neighbours, no move."""
    if neighbours == 0:
        return directions_ND
    steps_NN = _transitions(directions_ND, neighbours=neighbours)
    moved_ND = directions_ND
    for _ in range(rounds):
        moved_ND = (1 - _SHARE) * moved_ND + _SHARE * (steps_NN @ moved_ND)
    return unit_length(moved_ND)


def _transitions(directions_ND: Matrix, *, neighbours: int) -> scipy.sparse.csr_array:
    """Each image's neighbours, weighed by nearness, as rows that sum to 1."""
    count = len(directions_ND)
    squares_NM, nearest_NM = _nearest(directions_ND, neighbours=min(neighbours, count - 1))
    scale_N = squares_NM[:, min(_NEAR, squares_NM.shape[1] - 1)]
    scales_NM = np.sqrt(scale_N[:, None] * scale_N[nearest_NM]) + np.finfo(float).eps
    weights_NM = np.exp(-squares_NM / scales_NM)
    rows_NM = np.broadcast_to(np.arange(count)[:, None], nearest_NM.shape)
    entries = (weights_NM.ravel(), (rows_NM.ravel(), nearest_NM.ravel()))
    directed_NN = scipy.sparse.csr_array(entries, shape=(count, count))
    weights_NN = directed_NN.maximum(directed_NN.T).tocsr()
    each_N = np.maximum(weights_NN.sum(axis=1), np.finfo(float).tiny)
    return scipy.sparse.csr_array(scipy.sparse.diags_array(1.0 / each_N) @ weights_NN)


def _nearest(directions_ND: Matrix, *, neighbours: int) -> tuple[Matrix, NDArray[np.intp]]:
    """Squared distances to the nearest others, and which they are, nearest first; of equals the earlier one."""
    squares, indices = [], []
    for start in range(0, len(directions_ND), _BLOCK):
        cosines_BN = directions_ND[start : start + _BLOCK] @ directions_ND.T
        own_B = np.arange(len(cosines_BN))
        cosines_BN[own_B, start + own_B] = -np.inf
        nearest_BM = np.argpartition(-cosines_BN, neighbours - 1, axis=1)[:, :neighbours]
        cosines_BM = np.take_along_axis(cosines_BN, nearest_BM, axis=1)
        order_BM = np.argsort(-cosines_BM, axis=1, kind="stable")
        indices.append(np.take_along_axis(nearest_BM, order_BM, axis=1))
        squares.append(np.maximum(2.0 - 2.0 * np.take_along_axis(cosines_BM, order_BM, axis=1), 0.0))
    return np.concatenate(squares), np.concatenate(indices)
