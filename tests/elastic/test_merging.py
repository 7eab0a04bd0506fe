"""Merging clusters by shared neighbours: cases by hand, and a naive loop written from the docstring."""

from __future__ import annotations

import pytest
import torch

from ganlab_elastic.clusters.merging import count_classes, merge_clusters
from ganlab_elastic.clusters.neighbours import nearest_neighbours
from tests.elastic.soft_clusters import blobs, fine_clusters, naive_groups, of_all, partition, soft_case


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


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_it_is_the_naive_loop(seed: int, classes: int) -> None:
    probabilities_NS, neighbours_NM = soft_case(seed)
    merged = merge_clusters(probabilities_NS, of_all(neighbours_NM), classes=classes)
    assert partition(merged) == naive_groups(probabilities_NS, neighbours_NM, classes)


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
