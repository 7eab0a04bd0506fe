"""Average linkage: a tree of ever larger groups, cut at any number of them.

Average linkage neither chains, as single linkage does, nor prefers groups of equal size, as Ward's and k-means do.
"""

from __future__ import annotations

import numpy as np
import scipy.cluster.hierarchy
import scipy.spatial.distance
from numpy.typing import NDArray

from ganlab_core import match_codes
from ganlab_elastic.clusters.coordinates import Matrix

Codes = NDArray[np.intp]

_SMALLEST_SHARE = 0.05  # of an average class: a smaller group is no class
_FEWEST = 2  # images of a class
_MOST_ODD = 5  # groups for each class, most of them odd images, before the tree is cut as it is


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


def cut_into_classes(tree: Matrix, similarity_NN: NDArray[np.floating], *, classes: int) -> Codes:
    """Which class each image is of, int `(N,)`: groups of a size to be classes, the rest given to the most similar.

    The tree is cut where exactly `classes` groups have a twentieth of an average class, so that a few odd images take
    no class of their own; where no cut has, it is cut into `classes` groups as they are.
    """
    count = len(tree) + 1
    least = max(_FEWEST, _SMALLEST_SHARE * count / classes)
    for groups in range(classes, min(count, _MOST_ODD * classes) + 1):
        codes_N = cut(tree, groups=groups)
        large = np.flatnonzero(np.bincount(codes_N) >= least)
        if len(large) == classes:
            member_NK = (codes_N[:, None] == large[None, :]).astype(similarity_NN.dtype)
            nearest_N = ((similarity_NN @ member_NK) / member_NK.sum(axis=0)).argmax(axis=1)
            return np.asarray(np.where(member_NK.any(axis=1), member_NK.argmax(axis=1), nearest_N))
    return cut(tree, groups=classes)


def matched_share(one_N: Codes, other_N: Codes, *, classes: int) -> float:
    """The share of images with the same class in both, when each class of one means one of the other."""
    overlap_KK = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(overlap_KK, (one_N, other_N), 1)
    matched = sum(overlap_KK[row, column] for row, column in enumerate(match_codes(overlap_KK)) if column is not None)
    return float(matched / len(one_N))
