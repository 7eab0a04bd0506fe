"""How many classes there are: the finest groups that still hold together, and are found by other ways of looking too.

    Q(k) + a A(k) + b ln k,      Q(k) = sum_g e_gg - a_g^2

with Q the modularity (Newman and Girvan 2004) of k groups in the graph whose weights are a power of how often images
are in one group, over trees cut at all scales, and A the share of images on which the trees' own k groups are these
(stability; Lange et al. 2004, Neural Computation 16). Q rises while groups of one class part from others and falls
where classes are split; A falls where groups are cut at will, and by nature where there are more of them, for which
ln k makes up. The largest k on that height is taken, and groups too small for a class are not counted. Where classes
lie clearly apart, every way of looking finds the same groups, and Q is highest there: the largest such k is the count.
"""

from __future__ import annotations

import numpy as np

from ganlab_elastic.clusters.consensus import likeness
from ganlab_elastic.clusters.coordinates import Matrix
from ganlab_elastic.clusters.trees import Codes, cut, matched_share, tree_of

_IMAGES = 1500  # are enough to count by
_SCALES = 12
_FINEST = 90  # groups, where images are seven times as many
_MOST_GROUPS = 60
_POWER = 4  # of likeness: pairs that are only sometimes in one group hardly count
_AGREEMENT, _FINENESS = 2.0, 0.24  # a and b
_AS_GOOD = 0.02  # of the whole
_AS_HIGH = 0.002  # of modularity
_EVERY = 2  # trees: a part is enough to see whether they agree
_CLEAR = 0.985  # of images, on which ways of looking agree
_SMALLEST_SHARE = 0.25  # of an average group: a smaller one is no class


def count_classes(trees: list[Matrix], *, at_most: int) -> int:
    """From 2 to `at_most`: the groups of a size to be classes; 1 where there are fewer than four images.

    Args:
        trees: of the same images, from different ways of looking.
        at_most: the largest count.
    """
    count = len(trees[0]) + 1
    if count < 4:
        return 1
    most = min(_MOST_GROUPS, count // 2)
    scales = sorted({round(float(scale)) for scale in np.geomspace(2, max(2, min(_FINEST, count // 7)), _SCALES)})
    chosen_N = np.unique(np.linspace(0, count - 1, min(count, _IMAGES)).round().astype(int))
    alike_NN = likeness(trees, groups=scales, of=chosen_N)
    tree = tree_of(alike_NN)
    cuts = [cut(tree, groups=groups) for groups in range(2, most + 1)]
    held = _modularities(alike_NN.astype(np.float64) ** _POWER, cuts)
    agreed = np.array([_agreements(trees[::_EVERY], codes_N, chosen_N) for codes_N in cuts])
    clear = (held >= held.max() - _AS_HIGH) & (agreed.mean(axis=1) >= _CLEAR)
    scores = held + _AGREEMENT * agreed.mean(axis=1) + _FINENESS * np.log(np.arange(2, most + 1))
    finest = cuts[int(np.flatnonzero(clear if clear.any() else scores >= scores.max() - _AS_GOOD).max())]
    sizes = np.bincount(finest)
    large = int((sizes >= max(2.0, _SMALLEST_SHARE * sizes.mean())).sum())
    return min(at_most, max(2, large))


def _agreements(trees: list[Matrix], codes_N: Codes, chosen_N: np.ndarray) -> list[float]:
    """How far each tree, cut into as many groups, has these groups of the chosen images."""
    groups = int(codes_N.max()) + 1
    return [matched_share(cut(tree, groups=groups)[chosen_N], codes_N, classes=groups) for tree in trees]


def _modularities(weights_NN: Matrix, cuts: list[np.ndarray]) -> Matrix:
    """Of each cut of a tree, coarsest first; each is made of whole groups of the finest one, the last."""
    finest = cuts[-1]
    member_NG = np.eye(finest.max() + 1)[finest]
    np.fill_diagonal(weights_NN, 0.0)
    links_GG = member_NG.T @ weights_NN @ member_NG
    links_GG /= max(links_GG.sum(), np.finfo(float).tiny)
    first_G = np.unique(finest, return_index=True)[1]
    return np.array([_modularity(links_GG, codes[first_G]) for codes in cuts])


def _modularity(links_GG: Matrix, groups_G: np.ndarray) -> float:
    inside_GG = groups_G[:, None] == groups_G[None, :]
    each_G = links_GG.sum(axis=1)
    return float((links_GG * inside_GG).sum() - (each_G @ inside_GG @ each_G))
