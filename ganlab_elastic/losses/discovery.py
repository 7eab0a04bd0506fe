"""Finds classes in real images before the generator learns to draw them.

Fine clusters are learned first (`ganlab_elastic.losses.fine_clusters`); at step `merge_at` they are merged into the
code's categories, by the neighbour links between them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core import GanlabError, LossSpec, PositiveStep, StepContext, held
from ganlab_elastic.clusters.heads import clearest, merge_heads, vote
from ganlab_elastic.clusters.merging import count_classes
from ganlab_elastic.clusters.neighbours import nearest_neighbours
from ganlab_elastic.clusters.over_clustering import SUBCODES, OverClusteringHead
from ganlab_elastic.losses.fine_clusters import NEEDS_HEAD, FineClusters, Strengths
from ganlab_elastic.views.views import BROAD_VIEWS, Views

Merging: TypeAlias = Literal["clearest", "vote"]
"""Whose merged clusters are the classes: the clearest head's, or all heads' mean."""

_MERGINGS = {"clearest": clearest, "vote": vote}
_BLOCK = 1024
_QUERIES = 8192  # images whose learned neighbours are looked at: enough to tell which clusters touch


class Discovery:
    """Acts in the generator's phase, on a batch of its own; trains only what recognises."""

    def __init__(self, fine: FineClusters, *, merge_at: int, merging: Merging, apart: float | None) -> None:
        self._fine = fine
        self._merge_at = merge_at
        self._merging = merging
        self._apart = apart

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        return self._fine.generator(step)

    def prepare(self, step: StepContext) -> None:
        """Merge the clusters when it is time."""
        if step.number != self._merge_at:
            return
        head = step.networks.recognition
        if not isinstance(head, OverClusteringHead):
            raise GanlabError(NEEDS_HEAD)
        probabilities_NHS, embedding_ND = _seen(step)
        directions_ND = F.normalize(embedding_ND, dim=1)
        learned = nearest_neighbours(directions_ND, count=self._fine.neighbours, queries=_QUERIES)
        classes = head.groups_HSK.shape[2]
        if self._apart is not None:
            classes = count_classes(probabilities_NHS, learned, apart=self._apart, at_most=classes)
        heads = merge_heads(probabilities_NHS, self._fine.alike(step), learned, classes=classes)
        head.groups_HSK.zero_()
        head.groups_HSK[:, :, :classes] = _MERGINGS[self._merging](heads)


def _seen(step: StepContext) -> tuple[Tensor, Tensor]:
    """The clusters' probabilities `(N, H, S)` and the embedding `(N, D)` of all images."""
    with held(step.networks):
        found = [step.networks.recognise([images_NCHW])[0] for images_NCHW in step.data.blocks(_BLOCK)]
    probabilities_NHS = torch.cat([one.extras[SUBCODES].float().softmax(dim=2) for one in found])
    return probabilities_NHS, torch.cat([one.embedding_ND.float() for one in found])


def discovery(
    spec: LossSpec,
    *,
    merge_at: PositiveStep,
    merging: Merging = "clearest",
    batch_size: Annotated[int, Field(ge=2)] = 128,
    neighbours: PositiveInt = 5,
    share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5,
    apart: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None,
    views: Views = BROAD_VIEWS,
    contrast: NonNegativeFloat = 1.0,
    temperature: PositiveFloat = 0.5,
    information: NonNegativeFloat = 1.6,
    entropy: NonNegativeFloat = 0.2,
    balance: NonNegativeFloat = 1.0,
) -> Discovery:
    """Finds fine clusters in real images by their views and neighbours, and merges them into the code's categories.

    Args:
        merge_at: the step before which the clusters are merged.
        merging: `clearest` keeps the classes of the head between whose classes the fewest links to neighbours run;
            `vote` takes the mean of all heads, their classes matched to the clearest one's, and errs on fewer images.
        batch_size: images of its own batch, each with a partner.
        neighbours: nearest neighbours of each image that count as showing the same.
        share: probability that an image's partner is a neighbour's view instead of its own.
        apart: for a code that may have more categories than there are classes: groups of clusters are different classes
            if they share at most this part of the smaller one's links to neighbours, 0.06 to 0.09 say; categories that
            are then left over stay empty. If left out, there are as many classes as categories.
        views: the random transformation that keeps what an image shows.
        contrast: weight of NT-Xent between the embeddings.
        temperature: of NT-Xent.
        information: weight of the three terms on clusters together; of those, agreement counts once.
        entropy: weight of each prediction's entropy, which keeps predictions confident.
        balance: weight of the mean prediction's entropy, which keeps clusters in use.

    Raises:
        GanlabError: the run is over before the clusters would be merged.
    """
    if merge_at >= spec.steps:
        raise GanlabError(
            f"discovery: clusters are merged before step {merge_at}, but the run has {spec.steps} steps; "
            f"raise steps to {merge_at + 1} or more, or lower `merge_at`"
        )
    strengths = Strengths(
        contrast=contrast, temperature=temperature, information=information, entropy=entropy, balance=balance
    )
    fine = FineClusters(batch_size=batch_size, neighbours=neighbours, share=share, views=views, strengths=strengths)
    return Discovery(fine, merge_at=merge_at, merging=merging, apart=apart)
