"""What several ways of looking at an embedding agree on: evidence accumulation (Fred and Jain 2005).

No one choice of coordinates, whitening and neighbours is best on every collection, and none can be told to be without
labels. So each gives a tree; how often two images are in one group, over trees and over cuts finer and coarser than the
number of classes, is how alike they are; and average linkage on that likeness gives the classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab_elastic.clusters.coordinates import Matrix, whitened
from ganlab_elastic.clusters.smoothing import smoothed
from ganlab_elastic.clusters.trees import cut, tree_of

Likeness = NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """One way of looking: so many coordinates, whitened by that power, smoothed over so many neighbours."""

    width: int
    power: float
    neighbours: int


_LOOKS = (
    Look(50, 0.0, 5),
    Look(50, 0.5, 5),
    Look(50, 1.0, 5),
    Look(50, 0.0, 10),
    Look(30, 0.5, 10),
    Look(30, 1.0, 10),
    Look(100, 0.5, 10),
)
WIDEST = max(look.width for look in _LOOKS)
_ROUNDS = 10
_CUTS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)  # groups for each class


def trees_of(coordinates_NC: Matrix) -> list[Matrix]:
    """The tree that each way of looking gives."""
    trees = []
    for look in _LOOKS:
        directions_NC = whitened(coordinates_NC, width=look.width, power=look.power)
        moved_NC = smoothed(directions_NC, neighbours=look.neighbours, rounds=_ROUNDS).astype(np.float32)
        trees.append(tree_of(moved_NC @ moved_NC.T))
    return trees


def likeness(trees: list[Matrix], *, classes: int) -> Likeness:
    """How often two images are in one group, from 0 to 1, float32 `(N, N)`, for so many classes."""
    count = len(trees[0]) + 1
    groups = sorted({min(count, max(1, round(each * classes))) for each in _CUTS})
    alike_NN = np.zeros((count, count), dtype=np.float32)
    for tree in trees:
        for codes_N in (cut(tree, groups=number) for number in groups):
            alike_NN += codes_N[:, None] == codes_N[None, :]
    return alike_NN / (len(trees) * len(groups))
