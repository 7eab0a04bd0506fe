"""Merging clusters by shared neighbours: cases by hand, and a naive loop written from the docstring."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab_elastic.clusters.merging import clearest_merging, count_classes, merge_clusters
from ganlab_elastic.clusters.neighbours import Neighbours, nearest_neighbours


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


def naive(probabilities_NS: Tensor, neighbours_NM: Tensor, classes: int) -> set[frozenset[int]]:
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


@pytest.mark.parametrize("sizes", [[40, 40, 40], [150, 40, 12]])
def test_separate_blobs_come_back_whole_whatever_their_sizes(sizes: list[int]) -> None:
    points_N2, labels_N = blobs(sizes)
    groups_SK = merge_clusters(
        fine_clusters(labels_N, each=3, clusters=9), nearest_neighbours(points_N2, count=5), classes=3
    )
    assert groups_SK.shape == (9, 3)
    assert set(groups_SK.unique().tolist()) == {0.0, 1.0}
    assert groups_SK.sum(dim=1).tolist() == [1.0] * 9
    assert partition(groups_SK) == {frozenset({0, 1, 2}), frozenset({3, 4, 5}), frozenset({6, 7, 8})}


def test_a_blob_split_into_unequal_clusters_is_still_one_class() -> None:
    points_N2, labels_N = blobs([60, 60])
    cluster_N = torch.where(labels_N == 1, 4, torch.tensor([0] * 45 + [1] * 10 + [2] * 3 + [3] * 2 + [4] * 60))
    groups_SK = merge_clusters(torch.eye(5)[cluster_N], nearest_neighbours(points_N2, count=5), classes=2)
    assert partition(groups_SK) == {frozenset({0, 1, 2, 3}), frozenset({4})}


def test_a_group_below_the_smallest_share_is_merged_before_closer_large_ones() -> None:
    cluster_N = torch.tensor([0] * 100 + [1] * 100 + [2])
    neighbours_N1 = torch.arange(199, -2, -1).unsqueeze(1)  # all links of the large clusters are between them
    neighbours_N1[200] = 199
    merged = merge_clusters(torch.eye(3)[cluster_N], of_all(neighbours_N1), classes=2)
    assert partition(merged) == {frozenset({0}), frozenset({1, 2})}


def test_two_groups_of_several_clusters_are_as_close_as_all_their_clusters_together() -> None:
    leads_to = [  # how many of a cluster's 20 images have their neighbour in each cluster
        [3, 10, 2, 2, 3],
        [10, 6, 2, 2, 0],
        [2, 2, 6, 10, 0],
        [2, 2, 10, 6, 0],
        [3, 0, 0, 0, 17],
    ]
    neighbours_N = torch.tensor([20 * s for counts in leads_to for s, count in enumerate(counts) for _ in range(count)])
    merged = merge_clusters(torch.eye(5).repeat_interleave(20, dim=0), of_all(neighbours_N[:, None]), classes=2)
    # Clusters 0 and 1 merge, and so do 2 and 3; the two then share 8 links of 40, more than cluster 4's 3 of 20.
    assert partition(merged) == {frozenset({0, 1, 2, 3}), frozenset({4})}


def test_a_cluster_that_nobody_prefers_joins_the_group_that_it_shares_most_links_with() -> None:
    points_N2, labels_N = blobs([30, 30])
    probabilities_NS = fine_clusters(labels_N, each=2, clusters=6)
    probabilities_NS[labels_N == 0, 4] += 0.1
    probabilities_NS[labels_N == 1, 5] += 0.1
    probabilities_NS /= probabilities_NS.sum(dim=1, keepdim=True)
    groups_SK = merge_clusters(probabilities_NS, nearest_neighbours(points_N2, count=4), classes=2)
    assert partition(groups_SK) == {frozenset({0, 1, 4}), frozenset({2, 3, 5})}


def test_fewer_used_clusters_than_classes_leave_columns_empty() -> None:
    points_N2, labels_N = blobs([30, 30])
    probabilities_NS = fine_clusters(labels_N, each=1, clusters=7)
    groups_SK = merge_clusters(probabilities_NS, nearest_neighbours(points_N2, count=4), classes=5)
    assert groups_SK.sum(dim=1).tolist() == [1.0] * 7
    assert int(groups_SK.any(dim=0).sum()) == 2
    assert groups_SK[0].argmax() != groups_SK[1].argmax()


def soft_case(seed: int, *, images: int = 24, clusters: int = 7) -> tuple[Tensor, Tensor]:
    """Random predictions, some clusters rarely the most probable one, and random neighbours."""
    generator = torch.Generator().manual_seed(seed)
    logits_NS = 1.5 * torch.randn(images, clusters, generator=generator) - torch.linspace(0.0, 3.0, clusters)
    others_NM = torch.stack([torch.randperm(images - 1, generator=generator)[:3] for _ in range(images)])
    return logits_NS.softmax(dim=1), others_NM + (others_NM >= torch.arange(images)[:, None])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_it_is_the_naive_loop(seed: int, classes: int) -> None:
    probabilities_NS, neighbours_NM = soft_case(seed)
    merged = merge_clusters(probabilities_NS, of_all(neighbours_NM), classes=classes)
    assert partition(merged) == naive(probabilities_NS, neighbours_NM, classes)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_clusters_and_of_images_does_not_matter(seed: int) -> None:
    probabilities_NS, neighbours_NM = soft_case(seed)
    expected = partition(merge_clusters(probabilities_NS, of_all(neighbours_NM), classes=3))
    generator = torch.Generator().manual_seed(100 + seed)
    clusters_S, images_N = torch.randperm(7, generator=generator), torch.randperm(24, generator=generator)
    shuffled = merge_clusters(
        probabilities_NS[images_N][:, clusters_S], of_all(images_N.argsort()[neighbours_NM[images_N]]), classes=3
    )
    assert {frozenset(clusters_S[sorted(group)].tolist()) for group in partition(shuffled)} == expected


def test_what_it_is_given_is_left_as_it_was() -> None:
    probabilities_NS, neighbours_NM = soft_case(0)
    probabilities_NS = probabilities_NS.double().requires_grad_()
    before = probabilities_NS.detach().clone()
    assert not merge_clusters(probabilities_NS, of_all(neighbours_NM), classes=2).requires_grad
    assert torch.equal(probabilities_NS, before)


def test_links_of_some_images_are_enough_where_classes_are_apart() -> None:
    points_N2, labels_N = blobs([60, 40, 30])
    some = nearest_neighbours(points_N2, count=5, queries=40)
    assert len(some.of_Q) == 33
    groups_SK = merge_clusters(fine_clusters(labels_N, each=3, clusters=9), some, classes=3)
    assert partition(groups_SK) == {frozenset({0, 1, 2}), frozenset({3, 4, 5}), frozenset({6, 7, 8})}


def test_a_rare_class_of_many_is_not_taken_for_a_stray_cluster() -> None:
    points_N2, labels_N = blobs([100, 100, 100, 100, 100, 100, 100, 100, 9])
    probabilities_NS = torch.eye(9)[labels_N]
    groups_SK = merge_clusters(probabilities_NS, nearest_neighbours(points_N2, count=5), classes=9)
    assert len(partition(groups_SK)) == 9


def test_the_head_whose_links_stay_inside_its_classes_is_kept_and_the_others_are_empty() -> None:
    points_N2, labels_N = blobs([40, 40, 40])
    clear_NS = fine_clusters(labels_N, each=2, clusters=6)
    mixed_NS = clear_NS[torch.randperm(120, generator=torch.Generator().manual_seed(0))]
    neighbours = nearest_neighbours(points_N2, count=5)
    for place in range(3):
        heads = [mixed_NS] * 3
        heads[place] = clear_NS
        kept_HSK = clearest_merging(torch.stack(heads, dim=1), neighbours, neighbours, classes=3)
        assert kept_HSK.any(dim=2).any(dim=1).tolist() == [head == place for head in range(3)]
        assert partition(kept_HSK[place]) == {frozenset({0, 1}), frozenset({2, 3}), frozenset({4, 5})}


def naive_clearness(probabilities_NS: Tensor, neighbours_NM: Tensor, groups: set[frozenset[int]]) -> float:
    """The share of links, image by image, between the same class: how likely both ends are of it."""
    inside, total = 0.0, 0
    for row, neighbours in zip(probabilities_NS.double().tolist(), neighbours_NM.tolist(), strict=True):
        for neighbour in neighbours:
            other = probabilities_NS[neighbour].double().tolist()
            inside += sum(sum(row[s] for s in group) * sum(other[s] for s in group) for group in groups)
            total += 1
    return inside / total


@pytest.mark.parametrize("seed", range(5))
def test_the_kept_head_and_merging_are_what_the_naive_loop_says(seed: int) -> None:
    heads = [soft_case(10 * seed + head)[0] for head in range(3)]
    pixels_NM, learned_NM = soft_case(seed)[1], soft_case(100 + seed)[1]
    best, expected = -1.0, (0, set[frozenset[int]]())
    for head, probabilities_NS in enumerate(heads):
        for neighbours_NM in (pixels_NM, learned_NM):
            groups = naive(probabilities_NS, neighbours_NM, 3)
            clearness = naive_clearness(probabilities_NS, learned_NM, groups)
            if clearness > best:
                best, expected = clearness, (head, groups)
    kept_HSK = clearest_merging(torch.stack(heads, dim=1), of_all(pixels_NM), of_all(learned_NM), classes=3)
    (kept,) = (head for head in range(3) if kept_HSK[head].any())
    assert (kept, partition(kept_HSK[kept])) == expected


@pytest.mark.parametrize("at_most", [3, 4, 7])
def test_as_many_classes_are_counted_as_there_are_blobs(at_most: int) -> None:
    points_N2, labels_N = blobs([80, 40, 30])
    clusters_NHS = fine_clusters(labels_N, each=3, clusters=9, sure=0.999)[:, None].expand(-1, 2, -1)
    neighbours = nearest_neighbours(points_N2, count=5)
    assert count_classes(clusters_NHS, neighbours, apart=0.05, at_most=at_most) == 3
    assert count_classes(clusters_NHS, neighbours, apart=0.05, at_most=2) == 2


def test_classes_that_share_more_links_than_allowed_are_one() -> None:
    cluster_N = torch.arange(40) // 20
    neighbours_N1 = torch.arange(40)[:, None] // 20 * 20  # within each cluster,
    neighbours_N1[:4] = 20  # but for four of the first one's twenty: half of that is the share of links
    case = (torch.eye(2)[cluster_N][:, None], of_all(neighbours_N1))
    assert count_classes(*case, apart=0.11, at_most=2) == 2
    assert count_classes(*case, apart=0.09, at_most=2) == 1


def test_heads_that_disagree_on_the_count_are_settled_by_the_median() -> None:
    points_N2, labels_N = blobs([40, 40, 40])
    three_NS = torch.eye(3)[labels_N]
    one_NS = torch.eye(3)[torch.zeros_like(labels_N)]
    heads_NHS = torch.stack([three_NS, one_NS, three_NS], dim=1)
    assert count_classes(heads_NHS, nearest_neighbours(points_N2, count=5), apart=0.05, at_most=3) == 3


def test_one_head_is_merged_as_it_is() -> None:
    probabilities_NS, neighbours_NM = soft_case(0)
    neighbours = of_all(neighbours_NM)
    (kept_SK,) = clearest_merging(probabilities_NS[:, None], neighbours, neighbours, classes=3)
    assert torch.equal(kept_SK, merge_clusters(probabilities_NS, neighbours, classes=3))
