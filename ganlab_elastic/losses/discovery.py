"""Finds classes in real images before the generator learns to draw them.

An extension of Elastic-InfoGAN's consistency (Ojha et al., arXiv 1910.01112): a real image must be recognised like its
view, or like a view of one of its nearest neighbours (Van Gansbeke et al. 2020, arXiv 2005.12320), and as much as
possible must be said of it (regularised information maximisation, Krause et al. 2010; IMSAT, arXiv 1702.08720):

    NT-Xent(h, h') - log <q, q'> + entropy * H(q) - balance * H(mean q)

with h the embeddings and q the probabilities over the fine clusters of an `over-clustering` head. At step `merge_at`
the clusters are merged into the code's categories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from ganlab_core.component import GanlabError
from ganlab_core.latent import Recognition
from ganlab_core.networks.bundle import Networks, held
from ganlab_core.training.context import StepContext
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.losses.pairwise import mean_entropy
from ganlab_elastic.merging import merge_clusters
from ganlab_elastic.neighbours import nearest_neighbours, pixel_components
from ganlab_elastic.networks.over_clustering import SUBCODES, OverClusteringHead
from ganlab_elastic.views import BROAD_VIEWS, Views

_BLOCK = 1024


@dataclass(frozen=True)
class Strengths:
    """Weights of the terms, and NT-Xent's temperature."""

    contrast: float
    temperature: float
    entropy: float
    balance: float


def agreement(one_NS: Tensor, other_NS: Tensor) -> Tensor:
    """-log <q, q'> of two predictions given as logits, the mean over rows; 0 where both are sure and equal."""
    return torch.logsumexp(one_NS.log_softmax(dim=1) + other_NS.log_softmax(dim=1), dim=1).mean().neg()


def marginal_entropy(logits_NS: Tensor) -> Tensor:
    """Entropy in nats of the mean prediction; a scalar, large where all clusters are used alike."""
    mean_S = logits_NS.softmax(dim=1).mean(dim=0)
    entropy: Tensor = torch.special.entr(mean_S).sum()
    return entropy


class Discovery:
    """Acts in the generator's phase, on a batch of its own; trains only what recognises."""

    def __init__(
        self, *, batch_size: int, neighbours: int, share: float, merge_at: int, views: Views, strengths: Strengths
    ) -> None:
        self._batch_size = batch_size
        self._neighbours = neighbours
        self._share = share
        self._merge_at = merge_at
        self._views = views
        self._strengths = strengths
        self._neighbours_NM: Tensor | None = None

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        one, other = step.networks.recognise(self._pair(step))
        one_NS, other_NS = self._clusters(one), self._clusters(other)
        both_NS = torch.cat([one_NS, other_NS])
        strengths = self._strengths
        terms = {
            "contrast": nt_xent(one.embedding_ND, other.embedding_ND, temperature=strengths.temperature),
            "agreement": agreement(one_NS, other_NS),
            "entropy": mean_entropy(both_NS),
            "marginal_entropy": marginal_entropy(both_NS),
        }
        for name, value in terms.items():
            step.record(name, value)
        informed = terms["agreement"] + strengths.entropy * terms["entropy"]
        return strengths.contrast * terms["contrast"] + informed - strengths.balance * terms["marginal_entropy"]

    def prepare(self, step: StepContext) -> None:
        """Merge the clusters when it is time."""
        if step.number != self._merge_at:
            return
        head = step.networks.recognition
        if not isinstance(head, OverClusteringHead):
            raise GanlabError(_NEEDS_HEAD)
        with held(step.networks):
            probabilities_NS = torch.cat(
                [_cluster_probabilities(step.networks, images_NCHW) for images_NCHW in step.data.blocks(_BLOCK)]
            )
        classes = head.groups_SK.shape[1]
        head.groups_SK.copy_(merge_clusters(probabilities_NS, self._links(step), classes=classes))

    def _pair(self, step: StepContext) -> list[Tensor]:
        """A view of each image of a random batch, and a view of it or of one of its neighbours."""
        random = step.random("discovery")
        device, size = random.device, (self._batch_size,)
        anchors_N = torch.randint(len(step.data), size, generator=random, device=device)
        column_N = torch.randint(self._neighbours, size, generator=random, device=device)
        swap_N = torch.rand(size, generator=random, device=device) < self._share
        partners_N = torch.where(swap_N, self._links(step)[anchors_N, column_N], anchors_N)
        return [self._views(step.data.at(indices_N), generator=random) for indices_N in (anchors_N, partners_N)]

    def _links(self, step: StepContext) -> Tensor:
        """Each image's nearest neighbours, found once."""
        if self._neighbours_NM is None:
            if len(step.data) <= self._neighbours:
                raise GanlabError(
                    f"discovery: `neighbours: {self._neighbours}` is too many for {len(step.data)} images; "
                    "ask for fewer"
                )
            points = torch.cat(list(step.data.blocks(len(step.data))))
            self._neighbours_NM = nearest_neighbours(pixel_components(points), count=self._neighbours)
        return self._neighbours_NM

    @staticmethod
    def _clusters(recognition: Recognition) -> Tensor:
        if SUBCODES not in recognition.extras:
            raise GanlabError(_NEEDS_HEAD)
        return recognition.extras[SUBCODES].float()


_NEEDS_HEAD = "discovery: the recognition head has no clusters; set `networks.recognition.use: over-clustering`"


def _cluster_probabilities(networks: Networks, images_NCHW: Tensor) -> Tensor:
    (recognition,) = networks.recognise([images_NCHW])
    return recognition.extras[SUBCODES].float().softmax(dim=1)


def discovery(
    *,
    merge_at: PositiveInt,
    batch_size: Annotated[int, Field(ge=2)] = 128,
    neighbours: PositiveInt = 5,
    share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5,
    views: Views = BROAD_VIEWS,
    contrast: NonNegativeFloat = 1.0,
    temperature: PositiveFloat = 0.5,
    entropy: NonNegativeFloat = 0.2,
    balance: NonNegativeFloat = 1.0,
) -> Discovery:
    """Finds fine clusters in real images by their views and neighbours, and merges them into the code's categories.

    Args:
        merge_at: the step before which the clusters are merged.
        batch_size: images of its own batch, each with a partner.
        neighbours: nearest neighbours of each image that count as showing the same.
        share: probability that an image's partner is a neighbour's view instead of its own.
        views: the random transformation that keeps what an image shows.
        contrast: weight of NT-Xent between the embeddings.
        temperature: of NT-Xent.
        entropy: weight of each prediction's entropy, which keeps predictions confident.
        balance: weight of the mean prediction's entropy, which keeps clusters in use.
    """
    strengths = Strengths(contrast=contrast, temperature=temperature, entropy=entropy, balance=balance)
    return Discovery(
        batch_size=batch_size,
        neighbours=neighbours,
        share=share,
        merge_at=merge_at,
        views=views,
        strengths=strengths,
    )
