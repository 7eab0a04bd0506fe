"""From an embedding of all images to their classes: how many, which image is of which, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core import GanlabError
from ganlab_elastic.clusters.consensus import WIDEST, groups_for, likeness, trees_of
from ganlab_elastic.clusters.coordinates import Matrix, principal_coordinates
from ganlab_elastic.clusters.counting import count_classes
from ganlab_elastic.clusters.last_kept import LastKept
from ganlab_elastic.clusters.reader import fit_reader
from ganlab_elastic.clusters.sureness import expected_accuracy, probabilities
from ganlab_elastic.clusters.trees import cut_into_classes, tree_of

_AT_ONCE = 6000  # images; of more a sample is looked at, and the rest is read


@dataclass(frozen=True)
class Classes:
    """What was found.

    Attributes:
        codes_N: each image's class, int64, 0 to `count` - 1.
        probabilities_NK: how probable each class is of each image, calibrated, float32; rows sum to 1.
        separation: how well the classes are separated, from 0 (not at all) to 1: the share of images expected to
            be right, from how well different ways of looking agree.
    """

    codes_N: Tensor
    probabilities_NK: Tensor
    separation: float

    @property
    def count(self) -> int:
        """How many classes there are."""
        return self.probabilities_NK.shape[1]


@LastKept
def find_classes(
    embedding_ND: Tensor,
    *,
    beside: Sequence[Tensor] = (),
    classes: int | None,
    at_most: int,
    seed: int,
    at_once: int = _AT_ONCE,
) -> Classes:
    """Find classes of unequal size.

    Args:
        embedding_ND: of N images, in which like images lie close by angle.
        beside: what else was seen of the same images, each `(N, D)`; as long as a row is, so much it counts beside the
            embedding, whose rows are taken to be of length 1.
        classes: how many; None counts them.
        at_most: the most that are counted.
        seed: of the sample that is drawn where there are more than `at_once` images.
        at_once: how many images are compared with one another; memory grows with its square.

    Raises:
        GanlabError: an embedding is not finite, or there are fewer images than classes.
    """
    _check(embedding_ND, beside, classes=classes)
    beside_ND = torch.cat([embedding_ND[:, :0], *(seen_ND.to(embedding_ND) for seen_ND in beside)], dim=1).float()
    if len(embedding_ND) <= at_once:
        return _of_all(embedding_ND, beside_ND, classes=classes, at_most=at_most)
    order_N = torch.randperm(len(embedding_ND), generator=torch.Generator().manual_seed(seed))
    sample_N = order_N[:at_once].sort().values.to(embedding_ND.device)
    found = _of_all(embedding_ND[sample_N], beside_ND[sample_N], classes=classes, at_most=at_most)
    joined_ND = torch.cat([F.normalize(embedding_ND.float(), dim=1), beside_ND], dim=1)
    reader = fit_reader(joined_ND[sample_N], found.probabilities_NK)
    probabilities_NK = torch.cat([reader(part_BD.cpu()).exp() for part_BD in joined_ND.split(at_once)])
    return Classes(probabilities_NK.argmax(dim=1), probabilities_NK, found.separation)


def _check(embedding_ND: Tensor, beside: Sequence[Tensor], *, classes: int | None) -> None:
    if not all(bool(seen_ND.isfinite().all()) for seen_ND in (embedding_ND, *beside)):
        raise GanlabError(
            "find_classes: the embedding has values that are not finite; the network that gave it has diverged, "
            "or its weights do not fit it"
        )
    least = max(2, classes or 0)
    if len(embedding_ND) < least:
        raise GanlabError(
            f"find_classes: {len(embedding_ND)} images are too few for {least} classes; "
            "give more images, or fewer classes"
        )


def _of_all(embedding_ND: Tensor, beside_ND: Tensor, *, classes: int | None, at_most: int) -> Classes:
    coordinates_NC = principal_coordinates(_numbers(embedding_ND), at_most=WIDEST)
    trees = trees_of(coordinates_NC, _numbers(beside_ND))
    number = classes or count_classes(trees, at_most=at_most)
    alike_NN = likeness(trees, groups=groups_for(number))
    codes_N = cut_into_classes(tree_of(alike_NN), alike_NN, classes=number)
    accuracy = expected_accuracy(trees, codes_N, classes=number)
    sure_NK = probabilities(alike_NN, codes_N, classes=number, accuracy=accuracy)
    return Classes(torch.from_numpy(codes_N).long(), torch.from_numpy(sure_NK), separation=accuracy)


def _numbers(points_ND: Tensor) -> Matrix:
    return np.asarray(points_ND.detach().cpu().double().numpy())
