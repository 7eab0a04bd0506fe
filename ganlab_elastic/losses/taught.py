"""Finds classes in a frozen network's features, and teaches the recognition network to read them from pixels.

Before the first step the classes are found, and the head's teacher learns to tell them from features. Then the student
is to say of random views of an image what the teacher says of the image (Hinton et al. 2015, arXiv 1503.02531), and is
to know views of one image from those of others (NT-Xent, Chen et al. 2020, arXiv 2002.05709):

    cross-entropy(teacher(f), student(x')) + contrast * NT-Xent(h', h'')

with f the features of an image, x' and x'' views of it, and h the student's embeddings. The teacher's probabilities,
not its choices, are the targets, so that the student is as sure as the teacher is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveFloat
from torch import Tensor

from ganlab_core import GanlabError, LossSpec, StepContext
from ganlab_elastic.clusters.classes import find_classes
from ganlab_elastic.clusters.reader import fit_reader
from ganlab_elastic.clusters.taught import LOGITS, NO_FEATURES, TaughtHead
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.views.views import BROAD_VIEWS, Views


@dataclass(frozen=True)
class Taught:
    """Acts in the generator's phase, on a batch of its own; trains only what recognises."""

    counted: bool
    batch_size: int
    contrast: float
    temperature: float
    views: Views

    def prepare(self, step: StepContext) -> None:
        """Before the first step, find the classes and the teacher that reads them; both lie in the head's buffers."""
        if step.number > 0:
            return
        head, features_ND = _head(step), _features(step)
        categories = len(head.teacher_K)
        classes = None if self.counted else categories
        seed = step.random("classes").initial_seed()
        found = find_classes(features_ND, classes=classes, at_most=categories, seed=seed)
        head.take(fit_reader(features_ND, found), separation=found.separation)

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        head = _head(step)
        one_NCHW, other_NCHW, targets_NK = self._lesson(step, head)
        one, other = step.networks.recognise([one_NCHW, other_NCHW])
        both_NK = torch.cat([one.extras[LOGITS], other.extras[LOGITS]])
        lesson = F.cross_entropy(both_NK, torch.cat([targets_NK, targets_NK]))
        contrast = nt_xent(one.embedding_ND, other.embedding_ND, temperature=self.temperature)
        step.record("lesson", lesson)
        step.record("contrast", contrast)
        step.record("separation", head.separation)
        return lesson + self.contrast * contrast

    def _lesson(self, step: StepContext, head: TaughtHead) -> tuple[Tensor, Tensor, Tensor]:
        """Two views of each image of a random batch, and the teacher's probabilities of the images."""
        random = step.random("taught")
        indices_N = torch.randint(len(step.data), (self.batch_size,), generator=random, device=random.device)
        images_NCHW = step.data.at(indices_N)
        one_NCHW, other_NCHW = (self.views(images_NCHW, generator=random) for _ in range(2))
        return one_NCHW, other_NCHW, head.teacher_logits(_features(step)[indices_N]).softmax(dim=1)


def _head(step: StepContext) -> TaughtHead:
    head = step.networks.recognition
    if not isinstance(head, TaughtHead):
        raise GanlabError("taught: the recognition head has no teacher; set `networks.recognition.use: taught`")
    return head


def _features(step: StepContext) -> Tensor:
    if step.data.features_ND is None:
        raise GanlabError(NO_FEATURES)
    return step.data.features_ND


def taught(
    spec: LossSpec,
    *,
    counted: bool = False,
    batch_size: Annotated[int, Field(ge=2)] = 128,
    contrast: NonNegativeFloat = 0.1,
    temperature: PositiveFloat = 0.5,
    views: Views = BROAD_VIEWS,
) -> Taught:
    """Finds classes in the recipe's frozen features, and teaches the recognition network to see them in pixels.

    Args:
        counted: find how many classes there are, up to the code's categories, of which some then stay empty; else there
            are as many classes as categories.
        batch_size: images of its own batch, each seen in two views.
        contrast: weight of NT-Xent between the student's embeddings of two views.
        temperature: of NT-Xent.
        views: the random transformation that keeps what an image shows.
    """
    return Taught(counted=counted, batch_size=batch_size, contrast=contrast, temperature=temperature, views=views)
