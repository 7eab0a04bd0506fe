"""Finds classes in real images before the generator learns to draw them.

An extension of Elastic-InfoGAN's consistency (Ojha et al., arXiv 1910.01112): a real image must be recognised like its
view, or like a view of one of its nearest neighbours (Van Gansbeke et al. 2020, arXiv 2005.12320), and as much as
possible must be said of it (regularised information maximisation, Krause et al. 2010; IMSAT, arXiv 1702.08720):

    contrast * NT-Xent(h, h') + information * (-log <q, q'> + entropy * H(q) - balance * H(mean q))

with h the embeddings and q the probabilities over the fine clusters of an `over-clustering` network, the mean over its
heads. At step `merge_at` the clusters are merged into the code's categories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core import GanlabError, LossSpec, PositiveStep, Recognition, StepContext, held
from ganlab_elastic.clusters.heads import clearest, merge_heads, vote
from ganlab_elastic.clusters.merging import count_classes
from ganlab_elastic.clusters.neighbours import Neighbours, nearest_neighbours, pixel_components, shrunk
from ganlab_elastic.clusters.over_clustering import SUBCODES, OverClusteringHead
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.losses.pairwise import mean_entropy
from ganlab_elastic.views.views import BROAD_VIEWS, Views

Merging: TypeAlias = Literal["clearest", "vote"]
"""Whose merged clusters are the classes: the clearest head's, or all heads' mean."""

_MERGINGS = {"clearest": clearest, "vote": vote}
_BLOCK = 1024
_QUERIES = 8192  # images whose learned neighbours are looked at: enough to tell which clusters touch


@dataclass(frozen=True)
class Strengths:
    """Weights of the terms, and NT-Xent's temperature."""

    contrast: float
    temperature: float
    information: float
    entropy: float
    balance: float


def agreement(one_NHS: Tensor, other_NHS: Tensor) -> Tensor:
    """-log <q, q'> of two predictions given as logits, the mean over rows and heads; 0 if they are sure and equal."""
    return torch.logsumexp(one_NHS.log_softmax(dim=2) + other_NHS.log_softmax(dim=2), dim=2).mean().neg()


def marginal_entropy(logits_NHS: Tensor) -> Tensor:
    """Entropy in nats of a head's mean prediction, the mean over heads; large where all clusters are used alike."""
    mean_HS = logits_NHS.softmax(dim=2).mean(dim=0)
    entropy: Tensor = torch.special.entr(mean_HS).sum(dim=1).mean()
    return entropy


class Discovery:
    """Acts in the generator's phase, on a batch of its own; trains only what recognises."""

    def __init__(
        self,
        *,
        batch_size: int,
        neighbours: int,
        share: float,
        merge_at: int,
        merging: Merging,
        apart: float | None,
        views: Views,
        strengths: Strengths,
    ) -> None:
        self._batch_size = batch_size
        self._neighbours = neighbours
        self._share = share
        self._merge_at = merge_at
        self._merging = merging
        self._apart = apart
        self._views = views
        self._strengths = strengths
        self._pixels: Neighbours | None = None

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        one, other = step.networks.recognise(self._pair(step))
        one_NHS, other_NHS = self._clusters(one), self._clusters(other)
        both_NHS = torch.cat([one_NHS, other_NHS])
        strengths = self._strengths
        terms = {
            "contrast": nt_xent(one.embedding_ND, other.embedding_ND, temperature=strengths.temperature),
            "agreement": agreement(one_NHS, other_NHS),
            "entropy": mean_entropy(both_NHS.flatten(0, 1)),
            "marginal_entropy": marginal_entropy(both_NHS),
        }
        for name, value in terms.items():
            step.record(name, value)
        sureness = terms["agreement"] + strengths.entropy * terms["entropy"]
        information = sureness - strengths.balance * terms["marginal_entropy"]
        return strengths.contrast * terms["contrast"] + strengths.information * information

    def prepare(self, step: StepContext) -> None:
        """Merge the clusters when it is time."""
        if step.number != self._merge_at:
            return
        head = step.networks.recognition
        if not isinstance(head, OverClusteringHead):
            raise GanlabError(_NEEDS_HEAD)
        probabilities_NHS, embedding_ND = _seen(step)
        directions_ND = F.normalize(embedding_ND, dim=1)
        learned = nearest_neighbours(directions_ND, count=self._neighbours, queries=_QUERIES)
        classes = head.groups_HSK.shape[2]
        if self._apart is not None:
            classes = count_classes(probabilities_NHS, learned, apart=self._apart, at_most=classes)
        heads = merge_heads(probabilities_NHS, self._in_pixels(step), learned, classes=classes)
        head.groups_HSK.zero_()
        head.groups_HSK[:, :, :classes] = _MERGINGS[self._merging](heads)

    def _pair(self, step: StepContext) -> list[Tensor]:
        """A view of each image of a random batch, and a view of it or of one of its neighbours."""
        random = step.random("discovery")
        device, size = random.device, (self._batch_size,)
        anchors_N = torch.randint(len(step.data), size, generator=random, device=device)
        column_N = torch.randint(self._neighbours, size, generator=random, device=device)
        swap_N = torch.rand(size, generator=random, device=device) < self._share
        partners_N = torch.where(swap_N, self._in_pixels(step).nearest_QM[anchors_N, column_N], anchors_N)
        return [self._views(step.data.at(indices_N), generator=random) for indices_N in (anchors_N, partners_N)]

    def _in_pixels(self, step: StepContext) -> Neighbours:
        """Each image's nearest neighbours, found once."""
        if self._pixels is None:
            if len(step.data) <= self._neighbours:
                raise GanlabError(
                    f"discovery: `neighbours: {self._neighbours}` is too many for {len(step.data)} images; "
                    "ask for fewer"
                )
            # Shrunk block by block, since a large collection's floats at full size may not fit into memory.
            small_NCHW = torch.cat([shrunk(images_NCHW) for images_NCHW in step.data.blocks(_BLOCK)])
            self._pixels = nearest_neighbours(pixel_components(small_NCHW), count=self._neighbours)
        return self._pixels

    @staticmethod
    def _clusters(recognition: Recognition) -> Tensor:
        if SUBCODES not in recognition.extras:
            raise GanlabError(_NEEDS_HEAD)
        return recognition.extras[SUBCODES].float()


_NEEDS_HEAD = "discovery: the recognition head has no clusters; set `networks.recognition.use: over-clustering`"


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
    return Discovery(
        batch_size=batch_size,
        neighbours=neighbours,
        share=share,
        merge_at=merge_at,
        merging=merging,
        apart=apart,
        views=views,
        strengths=strengths,
    )
