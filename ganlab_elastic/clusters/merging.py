"""Merging fine clusters into classes: those that share neighbours belong together, whatever their sizes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_elastic.clusters.neighbours import Neighbours

_SMALLEST_SHARE = 0.15  # of an average class: a smaller group joins its nearest one before any others are merged


@torch.no_grad()
def count_classes(probabilities_NHS: Tensor, learned: Neighbours, *, apart: float, at_most: int) -> int:
    """How many classes there are, from 1 to `at_most`: the median over heads of the groups that merging ends at.

    A head's clusters are merged until no two groups share more than `apart` of the smaller one's links.
    """
    counts = []
    for probabilities_NS in probabilities_NHS.unbind(dim=1):
        merging = _Merging(probabilities_NS, learned, classes=at_most)
        while len(merging.groups) > 1 and (pair := merging.closest()).closeness > apart:
            merging.join(pair)
        counts.append(len(merging.groups))
    return min(at_most, round(statistics.median(counts)))


@torch.no_grad()
def merge_clusters(probabilities_NS: Tensor, neighbours: Neighbours, *, classes: int) -> Tensor:
    """Which of `classes` groups each cluster belongs to, as a one-hot matrix `(S, classes)`.

    Agglomerative: of all pairs of groups, the one merged next shares the most neighbour links for the size of its
    smaller group, `links_ij / min(size_i, size_j)`. Counts are soft, sums of probabilities. A cluster that is no
    image's most probable one is given to the group that it shares most links with.

    Args:
        probabilities_NS: each image's probabilities over the clusters.
        neighbours: of all images, or of some.
        classes: how many groups; columns beyond the clusters that are used stay empty.
    """
    merging = _Merging(probabilities_NS, neighbours, classes=classes)
    while len(merging.groups) > classes:
        merging.join(merging.closest())
    return _one_hot(list(merging.groups.values()), merging.links_SS, classes=classes)


@torch.no_grad()
def clearness(soft_NK: Tensor, neighbours: Neighbours) -> float:
    """The share of neighbour links that stay inside a class."""
    links_KK = _links(soft_NK, neighbours)
    return (links_KK.trace() / links_KK.sum()).item()


@dataclass(frozen=True)
class _Pair:
    """Two groups, and the share of the smaller one's links that lead to the other; infinite if one is too small."""

    kept: int
    absorbed: int
    closeness: float


class _Merging:
    """Groups of clusters, by their first cluster, as they merge."""

    def __init__(self, probabilities_NS: Tensor, neighbours: Neighbours, *, classes: int) -> None:
        soft_NS = probabilities_NS.double()
        self.links_SS = _links(soft_NS, neighbours)
        self.groups = {index: [index] for index in probabilities_NS.argmax(dim=1).unique().tolist()}
        self._tally_SS = self.links_SS.clone()
        self._sizes_S = soft_NS.sum(dim=0)
        self._smallest = _SMALLEST_SHARE * len(soft_NS) / classes
        self._links_each = neighbours.nearest_QM.numel() / len(soft_NS)

    def closest(self) -> _Pair:
        """The two groups to merge next; those with a group that is too small come first."""
        live = list(self.groups)
        sizes_G = self._sizes_S[live]
        closeness_GG = self._tally_SS[live][:, live] / torch.minimum(sizes_G[:, None], sizes_G[None, :])
        small_G = sizes_G < self._smallest
        if small_G.any():
            closeness_GG[~(small_G[:, None] | small_G[None, :])] = -torch.inf
        closeness_GG.fill_diagonal_(-torch.inf)
        first, second = divmod(int(closeness_GG.argmax()), len(live))
        share = torch.inf if small_G.any() else closeness_GG[first, second].item() / self._links_each
        return _Pair(live[first], live[second], share)

    def join(self, pair: _Pair) -> None:
        """Make one group of two."""
        self._tally_SS[pair.kept] += self._tally_SS[pair.absorbed]
        self._tally_SS[:, pair.kept] += self._tally_SS[:, pair.absorbed]
        self._sizes_S[pair.kept] += self._sizes_S[pair.absorbed]
        self.groups[pair.kept] += self.groups.pop(pair.absorbed)


def _links(soft_NS: Tensor, neighbours: Neighbours) -> Tensor:
    """How many neighbour links run between any two columns `(S, S)`, soft counts, symmetric."""
    reached_QS = sum(soft_NS[column_Q] for column_Q in neighbours.nearest_QM.T)
    links_SS: Tensor = soft_NS[neighbours.of_Q].T @ reached_QS
    return (links_SS + links_SS.T) / 2


def _one_hot(groups: list[list[int]], links_SS: Tensor, *, classes: int) -> Tensor:
    """The groups as a matrix, clusters that are in none added to the group that they are most linked to."""
    groups_SK = torch.zeros(len(links_SS), classes, device=links_SS.device)
    for column, members in enumerate(groups):
        groups_SK[members, column] = 1.0
    unused_S = groups_SK.sum(dim=1) == 0
    links_SK = links_SS.float() @ groups_SK
    groups_SK[unused_S, links_SK[unused_S].argmax(dim=1)] = 1.0
    return groups_SK
