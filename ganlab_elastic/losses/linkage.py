"""Finds classes in real images by linkage of the images, and teaches the recognition network to read them.

Fine clusters are learned first (`ganlab_elastic.losses.fine_clusters`). Where classes are not well apart, merging such
clusters by the links between them ends in one giant class; the images themselves, as the network sees them by then and
as their patches and, where they tell much, their colours are, are linked more safely
(`ganlab_elastic.clusters.classes`). Clusters then count for the classes that they hold most of, and until the loss ends
the network learns to say of random views what was found:

    -<p, log q(x')> + contrast * NT-Xent(h', h'')

with p an image's probabilities over the classes that were found, q what is read of a view x' of it, h embeddings.
"""

from __future__ import annotations

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor, nn

from ganlab_core import GanlabError, LossSpec, PositiveStep, StepContext, held, match_codes
from ganlab_elastic.clusters.over_clustering import SUBCODES, OverClusteringHead
from ganlab_elastic.losses.fine_clusters import NEEDS_HEAD, FineClusters, Strengths, seen_beside, small_images
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.views.views import BROAD_VIEWS, Views

_BLOCK = 1024
_LOOKS = 8  # views of an image whose mean embedding is linked
_ENTROPY, _BALANCE = 0.2, 1.0
_LESSON_CONTRAST = 0.1


class Linkage(nn.Module):
    """Fine clusters until the step at which classes are found, lessons from then on.

    Acts in the generator's phase, on a batch of its own; trains only what recognises.

    Attributes:
        targets_NK: how probable each category is of each image; zero until classes are found.
        separation: how well the classes are separated, from 0 to 1; 0 until they are found.
    """

    targets_NK: Tensor
    separation: Tensor

    def __init__(
        self,
        spec: LossSpec,
        fine: FineClusters,
        *,
        find_at: int,
        counted: bool,
        code: str,
        views: Views,
        strengths: Strengths,
    ) -> None:
        super().__init__()
        self._fine = fine
        self._find_at = find_at
        self._counted = counted
        self._code = code
        self._views = views
        self._strengths = strengths
        self.register_buffer("targets_NK", torch.zeros(spec.dataset_size, spec.codes[code]))
        self.register_buffer("separation", torch.zeros(()))

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        return self._fine.generator(step) if step.number < self._find_at else self._lesson(step)

    def prepare(self, step: StepContext) -> None:
        """Find the classes when it is time."""
        if step.number != self._find_at:
            return
        from ganlab_elastic.clusters.classes import find_classes  # here, since SciPy takes long to import

        head = step.networks.recognition
        if not isinstance(head, OverClusteringHead):
            raise GanlabError(NEEDS_HEAD)
        probabilities_NHS, learned_ND = self._seen(step)
        beside = seen_beside(small_images(step), self._fine.patches(step))
        categories = self.targets_NK.shape[1]
        classes = None if self._counted else categories
        seed = step.random("classes").initial_seed()
        found = find_classes(learned_ND, beside=beside, classes=classes, at_most=categories, seed=seed)
        self.targets_NK.zero_()[:, : found.count] = found.probabilities_NK.to(self.targets_NK.device)
        self.separation.fill_(found.separation)
        head.groups_HSK.copy_(told_apart(probabilities_NHS, self.targets_NK))

    def _lesson(self, step: StepContext) -> Tensor:
        random = step.random("lesson")
        indices_N = torch.randint(len(step.data), (self._fine.batch_size,), generator=random, device=random.device)
        images_NCHW = step.data.at(indices_N)
        one, other = step.networks.recognise([self._views(images_NCHW, generator=random) for _ in range(2)])
        said_NK = (one.parameters[self._code] + other.parameters[self._code]) / 2.0
        lesson = (self.targets_NK[indices_N] * said_NK).sum(dim=1).mean().neg()
        contrast = nt_xent(one.embedding_ND, other.embedding_ND, temperature=self._strengths.temperature)
        step.record("lesson", lesson)
        step.record("contrast", contrast)
        step.record("separation", self.separation)
        return lesson + _LESSON_CONTRAST * contrast

    def _seen(self, step: StepContext) -> tuple[Tensor, Tensor]:
        """Of all images, the clusters' probabilities `(N, H, S)`, and the mean embedding `(N, D)` of some views."""
        random = step.random("looks")
        probabilities, embeddings = [], []
        with held(step.networks):
            for images_NCHW in step.data.blocks(_BLOCK):
                plain = step.networks.recognise([images_NCHW])[0]
                probabilities.append(plain.extras[SUBCODES].float().softmax(dim=2))
                embeddings.append(self._mean_look(step, images_NCHW, random))
        return torch.cat(probabilities), torch.cat(embeddings)

    def _mean_look(self, step: StepContext, images_NCHW: Tensor, random: torch.Generator) -> Tensor:
        """The mean of the directions in which the embeddings of an image's views lie, of length 1."""
        views = (self._views(images_NCHW, generator=random) for _ in range(_LOOKS))
        embeddings = [step.networks.recognise([viewed_NCHW])[0].embedding_ND.float() for viewed_NCHW in views]
        return F.normalize(F.normalize(torch.stack(embeddings), dim=2).mean(dim=0), dim=1)


@torch.no_grad()
def told_apart(probabilities_NHS: Tensor, targets_NK: Tensor) -> Tensor:
    """Which category each cluster counts for, as each head's share of 1 `(H, S, K)`; each found class has a cluster.

    A class has the cluster that holds most of it, no two the same (Hungarian method); any other cluster counts for the
    class that most of its images are of.
    """
    heads, clusters = probabilities_NHS.shape[1:]
    count = int(targets_NK.any(dim=0).sum())
    sums_HSK = torch.einsum("nhs,nk->hsk", probabilities_NHS, targets_NK[:, :count])
    told_HS = sums_HSK.argmax(dim=2)
    for held_SK, told_S in zip(sums_HSK / targets_NK[:, :count].sum(dim=0), told_HS, strict=True):
        for cluster, category in enumerate(match_codes(held_SK.cpu().double().numpy())):
            if category is not None:
                told_S[cluster] = category
    groups_HSK = torch.zeros(heads, clusters, targets_NK.shape[1], device=targets_NK.device)
    return groups_HSK.scatter_(2, told_HS[:, :, None], 1.0 / heads)


def linkage(
    spec: LossSpec,
    *,
    find_at: PositiveStep,
    counted: bool = False,
    code: str = "code",
    batch_size: Annotated[int, Field(ge=2)] = 128,
    neighbours: PositiveInt = 5,
    share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5,
    views: Views = BROAD_VIEWS,
    contrast: NonNegativeFloat = 1.0,
    temperature: PositiveFloat = 0.3,
    information: NonNegativeFloat = 0.5,
) -> Linkage:
    """Finds classes by linkage of images as they are seen after a while, and teaches them until the loss ends.

    Args:
        find_at: the step before which the classes are found; a third of the steps may follow as lessons.
        counted: find how many classes there are, up to the code's categories, of which some then stay empty; else there
            are as many classes as categories.
        code: the categorical code that is taught.
        batch_size: images of its own batch, each with a partner.
        neighbours: nearest neighbours in patches of each image that count as showing the same.
        share: probability that an image's partner is a neighbour's view instead of its own.
        views: the random transformation that keeps what an image shows.
        contrast: weight of NT-Xent between the embeddings.
        temperature: of NT-Xent.
        information: weight of what is said of clusters: agreement of partners, sureness, and that all are in use.

    Raises:
        GanlabError: the prior has no such code, or the run is over before classes would be found.
    """
    if code not in spec.codes:
        raise GanlabError(f"linkage: `code: {code}` is no code of the prior; it has {list(spec.codes)}")
    if find_at >= spec.steps:
        raise GanlabError(
            f"linkage: classes are found before step {find_at}, but the run has {spec.steps} steps; "
            f"raise steps to {find_at + 1} or more, or lower `find_at`"
        )
    strengths = Strengths(
        contrast=contrast, temperature=temperature, information=information, entropy=_ENTROPY, balance=_BALANCE
    )
    fine = FineClusters(
        batch_size=batch_size, neighbours=neighbours, share=share, views=views, strengths=strengths, alike_by="patches"
    )
    return Linkage(spec, fine, find_at=find_at, counted=counted, code=code, views=views, strengths=strengths)
