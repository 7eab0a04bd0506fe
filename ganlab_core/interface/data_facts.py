"""`DataFacts`: what a model needs to know of its data; kept in the run folder, so that a model loads without it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from torch import Tensor

from ganlab_core.interface.features import FeatureFacts
from ganlab_core.interface.image_data import ImageData, proportions


@dataclass(frozen=True)
class DataFacts:
    """Name, image shape (C, H, W), number of images, class names and counts (None without labels), content hash.

    `features` says which frozen network's features of the images a run is trained with; None without one. `full_hash`
    is the content hash of the collection that an imbalance left images out of, from which a judge learns; None where
    none were left out, and in facts of before it was kept. `judge` is the SHA-256 of the judge's weights where the
    recipe names a file of them, and `features_hash` that of what the frozen network says of the images.
    """

    name: str
    image_shape: tuple[int, int, int]
    size: int
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...] | None
    content_hash: str
    features: FeatureFacts | None = None
    full_hash: str | None = None
    judge: str | None = None
    features_hash: str | None = None

    @property
    def class_proportions(self) -> tuple[float, ...] | None:
        """`class_counts` divided by their sum."""
        return proportions(self.class_counts)


def facts_of(
    data: ImageData,
    *,
    features: FeatureFacts | None = None,
    features_ND: Tensor | None = None,
    judge: str | None = None,
) -> DataFacts:
    """The facts of a collection in memory, of the feature network that looks at it, and of a judge that is given.

    Args:
        features: of the network.
        features_ND: what it says of the images, float32.
        judge: the SHA-256 of a file of the judge's weights.
    """
    return DataFacts(
        name=data.name,
        image_shape=data.image_shape,
        size=len(data),
        class_names=data.class_names,
        class_counts=data.class_counts,
        content_hash=data.content_hash,
        features=features,
        full_hash=None if data.full is None else data.full.content_hash,
        judge=judge,
        features_hash=None if features_ND is None else hashlib.sha256(features_ND.cpu().numpy().tobytes()).hexdigest(),
    )
