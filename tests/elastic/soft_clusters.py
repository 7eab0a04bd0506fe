"""Clusters with probabilities: blobs, random cases, and merging as a naive loop written from the docstring."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab_elastic.clusters.neighbours import Neighbours


def blobs(sizes: list[int], *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Points `(N, 2)` around centres that lie 20 apart, and the blob of each."""
    labels_N = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    noise_N2 = torch.randn(len(labels_N), 2, generator=torch.Generator().manual_seed(seed))
    return noise_N2 + 20.0 * torch.stack([labels_N % 3, labels_N // 3], dim=1), labels_N


def fine_clusters(labels_N: Tensor, *, each: int, clusters: int, sure: float = 0.97, seed: int = 0) -> Tensor:
    """Soft assignments `(N, S)`: every blob's points dealt to `each` clusters of its own, `sure` of which one."""
    deal_N = torch.randint(each, labels_N.shape, generator=torch.Generator().manual_seed(seed))
    probabilities_NS = torch.full((len(labels_N), clusters), (1.0 - sure) / (clusters - 1))
    probabilities_NS[torch.arange(len(labels_N)), labels_N * each + deal_N] = sure
    return probabilities_NS


def of_all(nearest_NM: Tensor) -> Neighbours:
    """These neighbours of every image."""
    return Neighbours(torch.arange(len(nearest_NM)), nearest_NM)


def partition(groups_SK: Tensor) -> set[frozenset[int]]:
    """Which clusters are together, whatever their column."""
    return {frozenset(column.nonzero().flatten().tolist()) for column in groups_SK.T if column.any()}


def naive_groups(probabilities_NS: Tensor, neighbours_NM: Tensor, classes: int) -> set[frozenset[int]]:
    """Links and sizes counted image by image anew for every pair of groups."""
    p: list[list[float]] = probabilities_NS.double().tolist()
    images, clusters = range(len(p)), range(len(p[0]))

    def size(group: frozenset[int]) -> float:
        return sum(p[n][s] for n in images for s in group)

    def links(one: frozenset[int], other: frozenset[int]) -> float:
        total = 0.0
        for n in images:
            for m in neighbours_NM[n].tolist():
                total += sum(p[n][s] for s in one) * sum(p[m][s] for s in other)
                total += sum(p[n][s] for s in other) * sum(p[m][s] for s in one)
        return total / 2

    used = {max(clusters, key=lambda s: p[n][s]) for n in images}
    groups = [frozenset([s]) for s in sorted(used)]
    while len(groups) > classes:
        pairs = [(a, b) for i, a in enumerate(groups) for b in groups[i + 1 :]]
        small = [(a, b) for a, b in pairs if min(size(a), size(b)) < 0.15 * len(p) / classes]
        one, other = max(small or pairs, key=lambda pair: links(*pair) / min(map(size, pair)))
        groups = [group for group in groups if group not in (one, other)] + [one | other]
    for spare in set(clusters) - used:
        home = max(groups, key=lambda group: links(frozenset([spare]), group & used))
        groups[groups.index(home)] = home | {spare}
    return set(groups)


def soft_case(seed: int, *, images: int = 24, clusters: int = 7) -> tuple[Tensor, Tensor]:
    """Random predictions, some clusters rarely the most probable one, and random neighbours."""
    generator = torch.Generator().manual_seed(seed)
    logits_NS = 1.5 * torch.randn(images, clusters, generator=generator) - torch.linspace(0.0, 3.0, clusters)
    others_NM = torch.stack([torch.randperm(images - 1, generator=generator)[:3] for _ in range(images)])
    return logits_NS.softmax(dim=1), others_NM + (others_NM >= torch.arange(images)[:, None])
