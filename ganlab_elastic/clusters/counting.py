"""How many classes there are: as many as the different ways of looking agree on best."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
from sklearn.metrics import adjusted_rand_score

from ganlab_elastic.clusters.coordinates import Matrix
from ganlab_elastic.clusters.trees import Codes, cut

_AS_GOOD = 0.05  # of agreement: of counts that are as good, the largest is taken


def count_classes(trees: list[Matrix], *, at_most: int) -> int:
    """From 2 to `at_most`: the largest number that trees cut into agree on about as well as on any."""
    numbers = _numbers(at_most)
    agreement = {number: agreed([cut(tree, groups=number) for tree in trees]) for number in numbers}
    best = max(agreement.values())
    return max(number for number in numbers if agreement[number] >= best - _AS_GOOD)


def agreed(partitions: list[Codes]) -> float:
    """How well partitions agree: the adjusted Rand index, the mean over pairs, at most 1."""
    return statistics.fmean(adjusted_rand_score(one, other) for one, other in itertools.combinations(partitions, 2))


def _numbers(at_most: int) -> list[int]:
    """Each up to ten, then in steps of about a tenth."""
    return sorted({round(number) for number in np.geomspace(2, max(2, at_most), 40)})
