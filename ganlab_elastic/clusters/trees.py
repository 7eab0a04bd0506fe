"""Average linkage: a tree of ever larger groups, cut at any number of them.

Average linkage neither chains, as single linkage does, nor prefers groups of equal size, as Ward's and k-means do.
"""

from __future__ import annotations

import numpy as np
import scipy.cluster.hierarchy
import scipy.spatial.distance
from numpy.typing import NDArray

from ganlab_elastic.clusters.coordinates import Matrix

Codes = NDArray[np.intp]


def tree_of(similarity_NN: NDArray[np.floating]) -> Matrix:
    """The tree of average linkage, `(N - 1, 4)` in SciPy's form, of a symmetric matrix of similarities up to 1."""
    distance_NN = np.maximum(1.0 - similarity_NN, 0.0)
    np.fill_diagonal(distance_NN, 0.0)
    condensed = scipy.spatial.distance.squareform(distance_NN, checks=False)
    return np.asarray(scipy.cluster.hierarchy.linkage(condensed, method="average"))


def cut(tree: Matrix, *, groups: int) -> Codes:
    """Which of `groups` groups each image is in, int `(N,)`: the tree without its last joins."""
    count = len(tree) + 1
    parent = np.arange(2 * count - 1)
    for join in range(count - groups):
        parent[tree[join, :2].astype(int)] = count + join
    top = np.arange(count)
    while (higher := parent[top]).tolist() != top.tolist():
        top = higher
    return np.unique(top, return_inverse=True)[1]
