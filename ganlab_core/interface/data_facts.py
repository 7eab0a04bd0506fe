"""`DataFacts`: what a model needs to know of its data; kept in the run folder, so that a model loads without it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, NonNegativeInt
from torch import Tensor

from ganlab_core.interface.features import FeatureFacts
from ganlab_core.interface.image_data import ImageData, proportions
from ganlab_core.interface.tones import Tones

_Side = Annotated[int, Field(gt=0, le=1 << 16)]  # of what a stranger's run may say, from which networks are built


@dataclass(frozen=True)
class DataFacts:
    """Name, image shape (C, H, W), number of images, class names and counts (None without labels), content hash.

    With labels each count has a name, and together they are all images. `features` says which frozen network's features
    of the images a run is trained with; None without one. `tones` are those in which files were read, and others for
    the run are to be; None of a run that was trained before they were looked for, or on no files. `full_hash` is the
    content hash of the collection that an imbalance left images out of, from which a judge learns; None where none were
    left out, and in facts of before it was kept. `judge` is the SHA-256 of the judge's weights where the recipe names a
    file of them, and `features_hash` that of what the frozen network says of the images.
    """

    name: str
    image_shape: tuple[_Side, _Side, _Side]
    size: Annotated[int, Field(gt=0)]
    class_names: tuple[str, ...]
    class_counts: tuple[NonNegativeInt, ...] | None
    content_hash: str
    features: FeatureFacts | None = None
    tones: Tones | None = None
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

    Classes that the collection does not name are called by their numbers.

    Args:
        features: of the network.
        features_ND: what it says of the images, float32.
        judge: the SHA-256 of a file of the judge's weights.
    """
    return DataFacts(
        name=data.name,
        image_shape=data.image_shape,
        size=len(data),
        class_names=named(data.class_names, data.class_counts),
        class_counts=data.class_counts,
        content_hash=data.content_hash,
        features=features,
        tones=data.tones,
        full_hash=None if data.full is None else data.full.content_hash,
        judge=judge,
        features_hash=None if features_ND is None else hashlib.sha256(features_ND.cpu().numpy().tobytes()).hexdigest(),
    )


def named(names: tuple[str, ...], counts: tuple[int, ...] | None) -> tuple[str, ...]:
    """A name for each class that is counted: its own, or else its number."""
    return names + tuple(map(str, range(len(names), len(counts or ()))))
