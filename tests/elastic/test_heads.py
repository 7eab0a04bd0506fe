"""The classes of several heads: the clearest one's and all heads' vote, by hand and against naive loops."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch
from torch import Tensor

from ganlab_elastic.clusters.heads import clearest, merge_heads, vote
from ganlab_elastic.clusters.merging import merge_clusters
from ganlab_elastic.clusters.neighbours import nearest_neighbours
from tests.elastic.soft_clusters import blobs, fine_clusters, naive_groups, of_all, partition, soft_case

CASES = range(5)


def case(seed: int) -> tuple[list[Tensor], Tensor, Tensor]:
    """The clusters of three heads, neighbours in pixels, and learned ones."""
    heads = [soft_case(10 * seed + head)[0] for head in range(3)]
    return heads, soft_case(seed)[1], soft_case(100 + seed)[1]


def naive_clearness(probabilities_NS: Tensor, neighbours_NM: Tensor, groups: set[frozenset[int]]) -> float:
    """The share of links, image by image, between the same class: how likely both ends are of it."""
    inside, total = 0.0, 0
    for row, neighbours in zip(probabilities_NS.double().tolist(), neighbours_NM.tolist(), strict=True):
        for neighbour in neighbours:
            other = probabilities_NS[neighbour].double().tolist()
            inside += sum(sum(row[s] for s in group) * sum(other[s] for s in group) for group in groups)
            total += 1
    return inside / total


def naive_heads(seed: int) -> list[tuple[float, set[frozenset[int]]]]:
    """Each head's clearer merging of two, and how clear it is."""
    heads, pixels_NM, learned_NM = case(seed)
    merged = []
    for probabilities_NS in heads:
        both = [naive_groups(probabilities_NS, neighbours_NM, 3) for neighbours_NM in (pixels_NM, learned_NM)]
        merged.append(
            max(((naive_clearness(probabilities_NS, learned_NM, one), one) for one in both), key=lambda one: one[0])
        )
    return merged


def naive_vote(seed: int) -> list[list[float]]:
    """Each class's probability in each image: orders tried one by one, and the mean taken image by image."""
    heads, merged = case(seed)[0], naive_heads(seed)
    soft = [
        [[sum(row[s] for s in group) for row in probabilities_NS.tolist()] for group in sorted(groups, key=min)]
        for probabilities_NS, (_, groups) in zip(heads, merged, strict=True)
    ]
    kept = soft[max(range(3), key=lambda head: merged[head][0])]

    def agreement(columns: tuple[list[float], ...]) -> float:
        total = 0.0
        for one, other in zip(kept, columns, strict=True):
            total += sum(p * q for p, q in zip(one, other, strict=True))
        return total

    ordered = [max(permutations(columns), key=agreement) for columns in soft]
    return [[sum(values) / 3 for values in zip(*columns, strict=True)] for columns in zip(*ordered, strict=True)]


def voted(heads: list[Tensor], groups_HSK: Tensor) -> Tensor:
    """Each image's probabilities over the classes `(N, K)`."""
    probabilities_NK = torch.zeros(len(heads[0]), groups_HSK.shape[2])
    for probabilities_NS, groups_SK in zip(heads, groups_HSK, strict=True):
        probabilities_NK += probabilities_NS @ groups_SK
    return probabilities_NK


def test_the_head_whose_links_stay_inside_its_classes_is_kept_and_the_others_are_empty() -> None:
    points_N2, labels_N = blobs([40, 40, 40])
    clear_NS = fine_clusters(labels_N, each=2, clusters=6)
    mixed_NS = clear_NS[torch.randperm(120, generator=torch.Generator().manual_seed(0))]
    neighbours = nearest_neighbours(points_N2, count=5)
    for place in range(3):
        heads = [mixed_NS] * 3
        heads[place] = clear_NS
        kept_HSK = clearest(merge_heads(torch.stack(heads, dim=1), neighbours, neighbours, classes=3))
        assert kept_HSK.any(dim=2).any(dim=1).tolist() == [head == place for head in range(3)]
        assert partition(kept_HSK[place]) == {frozenset({0, 1}), frozenset({2, 3}), frozenset({4, 5})}


@pytest.mark.parametrize("seed", CASES)
def test_the_kept_head_and_merging_are_what_the_naive_loop_says(seed: int) -> None:
    heads, pixels_NM, learned_NM = case(seed)
    merged = naive_heads(seed)
    expected = max(range(3), key=lambda head: merged[head][0])
    kept_HSK = clearest(merge_heads(torch.stack(heads, dim=1), of_all(pixels_NM), of_all(learned_NM), classes=3))
    (kept,) = (head for head in range(3) if kept_HSK[head].any())
    assert (kept, partition(kept_HSK[kept])) == (expected, merged[expected][1])


@pytest.mark.parametrize("seed", CASES)
def test_the_vote_is_what_the_naive_loop_says(seed: int) -> None:
    heads, pixels_NM, learned_NM = case(seed)
    groups_HSK = vote(merge_heads(torch.stack(heads, dim=1), of_all(pixels_NM), of_all(learned_NM), classes=3))
    found = sorted(voted(heads, groups_HSK).T.tolist())
    for one, other in zip(found, sorted(naive_vote(seed)), strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_voted_classes_stand_in_the_clearest_head_s_order() -> None:
    points_N2, labels_N = blobs([60, 40, 20])
    neighbours = nearest_neighbours(points_N2, count=5)
    clear_NS = fine_clusters(labels_N, each=2, clusters=6, sure=0.99)
    for order in permutations(range(3)):
        heads = [fine_clusters(torch.tensor(order)[labels_N], each=2, clusters=6), clear_NS]
        merged = merge_heads(torch.stack(heads, dim=1), neighbours, neighbours, classes=3)
        groups_HSK = vote(merged)
        assert torch.equal(groups_HSK[1], clearest(merged)[1] / 2)
        assert torch.equal(voted(heads, groups_HSK).argmax(dim=1), (clear_NS @ groups_HSK[1]).argmax(dim=1))


def test_an_image_is_of_the_class_that_most_heads_see_and_probabilities_sum_to_one() -> None:
    points_N2, labels_N = blobs([40, 40])
    neighbours = nearest_neighbours(points_N2, count=5)
    heads = []
    for wrong in range(3):  # each is wrong about an image of its own
        cluster_N = labels_N.clone()
        cluster_N[wrong] = 1
        heads.append(torch.eye(2)[cluster_N])
    merged = merge_heads(torch.stack(heads, dim=1), neighbours, neighbours, classes=2)
    kept_N = voted(heads, clearest(merged)).argmax(dim=1)
    assert (kept_N != kept_N[39]).sum() == 41  # the clearest head's own mistake
    probabilities_NK = voted(heads, vote(merged))
    assert len(set(probabilities_NK[:40].argmax(dim=1).tolist())) == 1
    assert probabilities_NK[:3].max(dim=1).values.tolist() == pytest.approx([2 / 3] * 3)
    assert probabilities_NK.sum(dim=1).tolist() == pytest.approx([1.0] * 80)


@pytest.mark.parametrize("count", [1, 4])
def test_heads_that_are_all_equal_vote_for_what_each_of_them_says(count: int) -> None:
    probabilities_NS, neighbours_NM = soft_case(0)
    neighbours = of_all(neighbours_NM)
    merged = merge_heads(probabilities_NS[:, None].expand(-1, count, -1), neighbours, neighbours, classes=3)
    expected_SK = merge_clusters(probabilities_NS, neighbours, classes=3)
    assert torch.equal(clearest(merged).sum(dim=0), expected_SK)
    assert torch.equal(vote(merged), expected_SK.expand(count, -1, -1) / count)


def test_a_class_that_a_head_does_not_know_has_the_votes_of_the_others() -> None:
    points_N2, labels_N = blobs([40, 40, 40])
    neighbours = nearest_neighbours(points_N2, count=5)
    heads = [torch.eye(3)[labels_N], torch.eye(3)[labels_N.clamp(max=1)]]
    groups_HSK = vote(merge_heads(torch.stack(heads, dim=1), neighbours, neighbours, classes=3))
    assert torch.equal(groups_HSK.sum(dim=2), torch.full((2, 3), 0.5))
    probabilities_NK = voted(heads, groups_HSK)
    assert probabilities_NK[80:].amax(dim=1).tolist() == pytest.approx([0.5] * 40)
    assert probabilities_NK[:80].amax(dim=1).tolist() == pytest.approx([1.0] * 80)
