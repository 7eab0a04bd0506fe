"""Finds classes in a frozen network's features, and teaches the recognition network to read them from pixels.

Before the first step the classes are found, with an eye on images' patches and, where they tell much, their colours,
which a network of photographs may miss; the head's teacher learns to tell them from features alone. Then the student
is to say of random views of an image what the teacher says of the image (Hinton et al. 2015, arXiv 1503.02531), and is
to know views of one image from those of others if so asked (NT-Xent, Chen et al. 2020, arXiv 2002.05709):

    cross-entropy(teacher(f), student(x')) + contrast * NT-Xent(h', h'')

with f the features of an image, x' and x'' views of it, and h the student's embeddings. The teacher's probabilities,
not its choices, are the targets, so that the student is as sure as the teacher is. The views are slight: the classes
need not be found in them, and the student is asked of whole images later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveFloat
from torch import Tensor

from ganlab_core import GanlabError, LossSpec, StepContext
from ganlab_elastic.clusters.reader import fit_reader
from ganlab_elastic.clusters.taught import LOGITS, NO_FEATURES, TaughtHead
from ganlab_elastic.losses.fine_clusters import patches_of, seen_beside, small_images
from ganlab_elastic.losses.nt_xent import nt_xent
from ganlab_elastic.views.views import SLIGHT_VIEWS, Views


def agreement(logits_NK: Tensor, targets_NK: Tensor) -> Tensor:
    """The share of rows in which both have the same most probable category; a scalar."""
    return (logits_NK.argmax(dim=1) == targets_NK.argmax(dim=1)).float().mean()


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
        from ganlab_elastic.clusters.classes import find_classes  # here, since SciPy takes long to import

        head, features_ND = _head(step), _features(step)
        categories = len(head.teacher.bias_K)
        classes = None if self.counted else categories
        seed = step.random("classes").initial_seed()
        images_NCHW = small_images(step)
        beside = seen_beside(images_NCHW, patches_of(images_NCHW))
        found = find_classes(features_ND, beside=beside, classes=classes, at_most=categories, seed=seed)
        head.take(fit_reader(features_ND, found.probabilities_NK), separation=found.separation)

    def generator(self, step: StepContext) -> Tensor:
        """The weighted sum of the terms; a scalar."""
        head, random = _head(step), step.random("taught")
        indices_N = torch.randint(len(step.data), (self.batch_size,), generator=random, device=random.device)
        targets_NK = head.teacher_probabilities(_features(step)[indices_N])
        said = step.networks.recognise(self._views_of(step.data.at(indices_N), random))
        loss = torch.stack([F.cross_entropy(one.extras[LOGITS], targets_NK) for one in said]).mean()
        step.record("lesson", loss)
        step.record("agreement", agreement(said[0].extras[LOGITS], targets_NK))
        step.record("separation", head.separation)
        if self.contrast > 0.0:
            contrast = nt_xent(*(one.embedding_ND for one in said), temperature=self.temperature)
            step.record("contrast", contrast)
            loss = loss + self.contrast * contrast
        return loss

    def _views_of(self, images_NCHW: Tensor, random: torch.Generator) -> list[Tensor]:
        """A view of each image, or two where they are to be known from others'."""
        return [self.views(images_NCHW, generator=random) for _ in range(2 if self.contrast > 0.0 else 1)]


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
    contrast: NonNegativeFloat = 0.0,
    temperature: PositiveFloat = 0.5,
    views: Views = SLIGHT_VIEWS,
) -> Taught:
    """Finds classes in the recipe's frozen features, and teaches the recognition network to see them in pixels.

    Args:
        counted: find how many classes there are, up to the code's categories, of which some then stay empty; else there
            are as many classes as categories.
        batch_size: images of its own batch, each seen in a view.
        contrast: weight of NT-Xent between the student's embeddings of two views of each image; 0 makes one view do.
        temperature: of NT-Xent.
        views: the random transformation that keeps what an image shows.
    """
    return Taught(counted=counted, batch_size=batch_size, contrast=contrast, temperature=temperature, views=views)
