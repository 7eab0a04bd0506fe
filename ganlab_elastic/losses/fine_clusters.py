"""Fine clusters in real images, by what each image's views and nearest neighbours have in common.

An extension of Elastic-InfoGAN's consistency (Ojha et al., arXiv 1910.01112): a real image must be recognised like its
view, or like a view of one of its nearest neighbours (Van Gansbeke et al. 2020, arXiv 2005.12320), and as much as
possible must be said of it (regularised information maximisation, Krause et al. 2010; IMSAT, arXiv 1702.08720):

    contrast * NT-Xent(h, h') + information * (-log <q, q'> + entropy * H(q) - balance * H(mean q))

with h the embeddings and q the probabilities over the fine clusters of an `over-clustering` network, the mean over its
heads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from ganlab_core import GanlabError, Recognition, StepContext
from ganlab_elastic.clusters.colours import telling_colours
from ganlab_elastic.clusters.last_kept import LastKept
from ganlab_elastic.clusters.neighbours import Neighbours, nearest_neighbours, pixel_components, shrunk
from ganlab_elastic.clusters.over_clustering import SUBCODES
from ganlab_elastic.clusters.patches import patch_components
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.losses.pairwise import mean_entropy
from ganlab_elastic.views.views import Views

AlikeBy: TypeAlias = Literal["pixels", "patches"]
"""In what the images are near each other that are to be recognised alike."""

NEEDS_HEAD = "discovery: the recognition head has no clusters; set `networks.recognition.use: over-clustering`"
_BLOCK = 1024
_COLOURS = 1.4  # what telling colours count for beside patches
_PATCHES_SEED = 0  # not the step's: a resumed run must find the same neighbours


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


class FineClusters:
    """Acts in the generator's phase, on a batch of its own; trains only what recognises."""

    def __init__(
        self,
        *,
        batch_size: int,
        neighbours: int,
        share: float,
        views: Views,
        strengths: Strengths,
        alike_by: AlikeBy = "pixels",
    ) -> None:
        self.neighbours = neighbours
        self.batch_size = batch_size
        self._share = share
        self._views = views
        self._strengths = strengths
        self._alike_by = alike_by
        self._alike: Neighbours | None = None
        self._patches_ND: Tensor | None = None

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

    def _pair(self, step: StepContext) -> list[Tensor]:
        """A view of each image of a random batch, and a view of it or of one of its neighbours."""
        random = step.random("discovery")
        device, size = random.device, (self.batch_size,)
        anchors_N = torch.randint(len(step.data), size, generator=random, device=device)
        column_N = torch.randint(self.neighbours, size, generator=random, device=device)
        swap_N = torch.rand(size, generator=random, device=device) < self._share
        partners_N = torch.where(swap_N, self.alike(step).nearest_QM[anchors_N, column_N], anchors_N)
        return [self._views(step.data.at(indices_N), generator=random) for indices_N in (anchors_N, partners_N)]

    def alike(self, step: StepContext) -> Neighbours:
        """Each image's nearest neighbours in pixels or patches, found once."""
        if self._alike is None:
            if len(step.data) <= self.neighbours:
                raise GanlabError(
                    f"discovery: `neighbours: {self.neighbours}` is too many for {len(step.data)} images; ask for fewer"
                )
            points_ND = pixel_components(small_images(step)) if self._alike_by == "pixels" else self.patches(step)
            self._alike = nearest_neighbours(points_ND, count=self.neighbours)
        return self._alike

    def patches(self, step: StepContext) -> Tensor:
        """Each image's components in patches `(N, D)`, of length 1; found once, and found again if a run resumes."""
        if self._patches_ND is None:
            self._patches_ND = patches_of(small_images(step))
        return self._patches_ND

    @staticmethod
    def _clusters(recognition: Recognition) -> Tensor:
        if SUBCODES not in recognition.extras:
            raise GanlabError(NEEDS_HEAD)
        return recognition.extras[SUBCODES].float()


@LastKept
def patches_of(images_NCHW: Tensor) -> Tensor:
    """Small images' components in patches `(N, D)`, of length 1; the same whenever they are asked for."""
    random = torch.Generator(images_NCHW.device).manual_seed(_PATCHES_SEED)
    return patch_components(images_NCHW, random=random)


def seen_beside(images_NCHW: Tensor, patches_ND: Tensor) -> list[Tensor]:
    """What classes of small images are found by beside an embedding: patches and, where they tell much, colours."""
    colours_ND = telling_colours(images_NCHW)
    return [patches_ND] if colours_ND is None else [patches_ND, _COLOURS * colours_ND]


def small_images(step: StepContext) -> Tensor:
    """All images, shrunk block by block, since a large collection's floats at full size may not fit into memory."""
    return torch.cat([shrunk(images_NCHW) for images_NCHW in step.data.blocks(_BLOCK)])
