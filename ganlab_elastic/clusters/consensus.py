"""What several ways of looking at an embedding agree on: evidence accumulation (Fred and Jain 2005).

No one choice of coordinates, whitening and neighbours is best on every collection, and none can be told to be without
labels. So each gives a tree; how often two images are in one group, over trees and over cuts as fine as the classes
and finer, is how alike they are; and average linkage on that likeness gives the classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganlab_elastic.clusters.coordinates import Matrix, unit_length, whitened
from ganlab_elastic.clusters.smoothing import smoothed
from ganlab_elastic.clusters.trees import cut, tree_of

Likeness = NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """One way of looking.

    Attributes:
        width: so many coordinates,
        power: whitened by that power,
        neighbours: smoothed over so many neighbours (0: not),
        beside: with what was seen beside them, times that.
    """

    width: int
    power: float
    neighbours: int
    beside: float


_LOOKS = (
    Look(50, 0.5, 0, beside=0.5),
    Look(50, 0.5, 5, beside=0.7),
    Look(50, 0.5, 5, beside=1.0),
    Look(30, 0.5, 5, beside=0.5),
    Look(30, 0.5, 10, beside=0.7),
    Look(50, 1.0, 5, beside=0.5),
    Look(50, 1.0, 5, beside=1.0),
    Look(128, 0.0, 0, beside=0.5),
    Look(128, 0.0, 5, beside=0.7),
    Look(128, 0.0, 5, beside=1.0),
)
WIDEST = max(look.width for look in _LOOKS)
_ROUNDS = 10
_CUTS = (1.0, 1.4, 2.0, 2.8, 4.0)  # groups for each class: coarser ones would only say which classes are near


def trees_of(coordinates_NC: Matrix, beside_ND: Matrix) -> list[Matrix]:
    """The tree that each way of looking gives.

    Args:
        coordinates_NC: what is whitened, most variance first.
        beside_ND: what is joined to those directions, which are of length 1; of width 0 where there is nothing.
    """
    trees = []
    for look in _LOOKS:
        directions_NC = whitened(coordinates_NC, width=look.width, power=look.power)
        joined_NC = unit_length(np.concatenate([directions_NC, look.beside * beside_ND], axis=1))
        moved_NC = smoothed(joined_NC, neighbours=look.neighbours, rounds=_ROUNDS).astype(np.float32)
        trees.append(tree_of(moved_NC @ moved_NC.T))
    return trees


def likeness(trees: list[Matrix], *, groups: list[int], of: NDArray[np.intp] | None = None) -> Likeness:
    """How often two images are in one group, from 0 to 1, float32 `(N, N)`, over trees cut into so many groups.

    Args:
        trees: of the same images.
        groups: how many groups each tree is cut into, in turn.
        of: the images that are compared, by index; all unless given.
    """
    count = len(trees[0]) + 1
    chosen_N = np.arange(count) if of is None else of
    alike_NN = np.zeros((len(chosen_N), len(chosen_N)), dtype=np.float32)
    for tree in trees:
        for codes_N in (cut(tree, groups=min(count, number))[chosen_N] for number in groups):
            alike_NN += codes_N[:, None] == codes_N[None, :]
    alike_NN /= len(trees) * len(groups)
    return alike_NN


def groups_for(classes: int) -> list[int]:
    """How many groups trees are cut into to find so many classes."""
    return sorted({max(2, round(each * classes)) for each in _CUTS})
