"""From each head's merged clusters to the classes of all: the clearest head's, or those that all heads vote for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_core import match_codes
from ganlab_elastic.clusters.merging import clearness, merge_clusters
from ganlab_elastic.clusters.neighbours import Neighbours


@dataclass(frozen=True)
class MergedHead:
    """One head's merged clusters.

    Attributes:
        groups_SK: which class each cluster belongs to, one-hot.
        soft_NK: each image's probabilities over the classes.
        clearness: the share of links between learned neighbours that stay inside a class.
    """

    groups_SK: Tensor
    soft_NK: Tensor
    clearness: float


@torch.no_grad()
def merge_heads(
    probabilities_NHS: Tensor, pixels: Neighbours, learned: Neighbours, *, classes: int
) -> list[MergedHead]:
    """Merge each head's clusters, by neighbours in pixels or by learned ones, whichever gives clearer classes.

    Clear are classes that links between learned neighbours stay inside; no label has a say.

    Args:
        probabilities_NHS: each image's probabilities over each head's clusters.
        pixels: neighbours in pixels.
        learned: neighbours in the recognition network's embedding.
        classes: how many groups.
    """
    heads = []
    for probabilities_NS in probabilities_NHS.unbind(dim=1):
        both = [_merged(probabilities_NS, links, learned, classes=classes) for links in (pixels, learned)]
        heads.append(max(both, key=_clear))
    return heads


def clearest(heads: list[MergedHead]) -> Tensor:
    """The classes of the clearest head, `(H, S, K)`: its groups, and nothing for the other heads."""
    kept = max(heads, key=_clear)
    return torch.stack([head.groups_SK if head is kept else torch.zeros_like(head.groups_SK) for head in heads])


def vote(heads: list[MergedHead]) -> Tensor:
    """The classes that all heads vote for, `(H, S, K)`: a class's probability is its mean over heads.

    Heads that are trained side by side err on different images, so that their mean errs on fewer. Each head's classes
    are first put into the clearest one's order, such that most images agree (Hungarian method, on sums of products of
    probabilities). A class for which a head has no cluster gets no vote from it.
    """
    kept = max(heads, key=_clear)
    return torch.stack([_in_order_of(kept, head) for head in heads]) / len(heads)


def _merged(probabilities_NS: Tensor, links: Neighbours, learned: Neighbours, *, classes: int) -> MergedHead:
    groups_SK = merge_clusters(probabilities_NS, links, classes=classes)
    soft_NK = probabilities_NS.double() @ groups_SK.double()
    return MergedHead(groups_SK, soft_NK, clearness(soft_NK, learned))


def _clear(head: MergedHead) -> float:
    return head.clearness


def _in_order_of(kept: MergedHead, head: MergedHead) -> Tensor:
    """A head's groups `(S, K)`, its classes in the order of another's."""
    overlap_KK = kept.soft_NK.T @ head.soft_NK
    return head.groups_SK[:, [column for column in match_codes(overlap_KK.cpu().numpy()) if column is not None]]
