"""Merging fine clusters into classes: those that share neighbours belong together, whatever their sizes."""

from __future__ import annotations

import torch
from torch import Tensor

_SMALLEST_SHARE = 0.015  # of all images: a smaller group joins its nearest one before any others are merged


@torch.no_grad()
def clearest_merging(probabilities_NHS: Tensor, neighbours_NM: Tensor, *, classes: int) -> Tensor:
    """Merge each head's clusters, keep the head whose classes are clearest, and leave the others empty.

    Gives `(H, S, classes)`, one-hot for the kept head. The clearest is the one with the largest share of neighbour
    links that stay inside a class; no label has a say.
    """
    kept_HSK = torch.zeros(*probabilities_NHS.shape[1:], classes, device=probabilities_NHS.device)
    best = -1.0
    for head, probabilities_NS in enumerate(probabilities_NHS.unbind(dim=1)):
        groups_SK = merge_clusters(probabilities_NS, neighbours_NM, classes=classes)
        links_KK = _links(probabilities_NS.double() @ groups_SK.double(), neighbours_NM)
        clearness = (links_KK.trace() / links_KK.sum()).item()
        if clearness > best:
            best = clearness
            kept_HSK.zero_()
            kept_HSK[head] = groups_SK
    return kept_HSK


@torch.no_grad()
def merge_clusters(probabilities_NS: Tensor, neighbours_NM: Tensor, *, classes: int) -> Tensor:
    """Which of `classes` groups each cluster belongs to, as a one-hot matrix `(S, classes)`.

    Agglomerative: of all pairs of groups, the one merged next shares the most neighbour links for the size of its
    smaller group, `links_ij / min(size_i, size_j)`. Counts are soft, sums of probabilities. A cluster that is no
    image's most probable one is given to the group that it shares most links with.

    Args:
        probabilities_NS: each image's probabilities over the clusters.
        neighbours_NM: indices of each image's nearest neighbours.
        classes: how many groups; columns beyond the clusters that are used stay empty.
    """
    soft_NS = probabilities_NS.double()
    links_SS = _links(soft_NS, neighbours_NM)
    sizes_S = soft_NS.sum(dim=0)
    used = probabilities_NS.argmax(dim=1).unique().tolist()
    groups = {index: [index] for index in used}
    tally = links_SS.clone()
    while len(groups) > classes:
        kept, absorbed = _closest(tally, sizes_S, list(groups), smallest=_SMALLEST_SHARE * len(soft_NS))
        tally[kept] += tally[absorbed]
        tally[:, kept] += tally[:, absorbed]
        sizes_S[kept] += sizes_S[absorbed]
        groups[kept] += groups.pop(absorbed)
    return _one_hot(list(groups.values()), links_SS, classes=classes)


def _links(soft_NS: Tensor, neighbours_NM: Tensor) -> Tensor:
    """How many neighbour links run between any two columns `(S, S)`, soft counts, symmetric."""
    links_SS: Tensor = soft_NS.T @ sum(soft_NS[column_N] for column_N in neighbours_NM.T)
    return (links_SS + links_SS.T) / 2


def _closest(tally_SS: Tensor, sizes_S: Tensor, live: list[int], *, smallest: float) -> tuple[int, int]:
    """The two groups to merge next."""
    sizes_G = sizes_S[live]
    closeness_GG = tally_SS[live][:, live] / torch.minimum(sizes_G[:, None], sizes_G[None, :])
    small_G = sizes_G < smallest
    if small_G.any():
        closeness_GG[~(small_G[:, None] | small_G[None, :])] = -torch.inf
    closeness_GG.fill_diagonal_(-torch.inf)
    first, second = divmod(int(closeness_GG.argmax()), len(live))
    return live[first], live[second]


def _one_hot(groups: list[list[int]], links_SS: Tensor, *, classes: int) -> Tensor:
    """The groups as a matrix, clusters that are in none added to the group that they are most linked to."""
    groups_SK = torch.zeros(len(links_SS), classes, device=links_SS.device)
    for column, members in enumerate(groups):
        groups_SK[members, column] = 1.0
    unused_S = groups_SK.sum(dim=1) == 0
    links_SK = links_SS.float() @ groups_SK
    groups_SK[unused_S, links_SK[unused_S].argmax(dim=1)] = 1.0
    return groups_SK
