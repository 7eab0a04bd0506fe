"""The specifications that the core hands to component factories: what a part must meet, or may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GeneratorSpec:
    """What a generator must meet: `(N, latent_width)` in, `(N, *image_shape)` in [-1, 1] out."""

    latent_width: int
    image_shape: tuple[int, int, int]


@dataclass(frozen=True)
class TrunkSpec:
    """What a trunk must meet: `(N, *image_shape)` in [-1, 1] in, `(N, module.features)` out."""

    image_shape: tuple[int, int, int]


@dataclass(frozen=True)
class DiscriminatorSpec:
    """What a discriminator head must meet: `(N, features)` in, one logit a row `(N,)` out.

    A head whose `forward` has an argument `codes` is told there, by name, which categories of each code of `codes` an
    image has, `(N, codes[name])`: the drawn ones of fake images, and of real ones what the recognition network says.
    """

    features: int
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RecognitionSpec:
    """What a recognition head must meet: `(N, features)` in, a `Recognition` with `codes[name]` columns a code out.

    `frozen_features` is the width of what the recipe's frozen feature network says of an image; None without one.
    """

    features: int
    codes: Mapping[str, int]
    frozen_features: int | None = None


@dataclass(frozen=True)
class PriorSpec:
    """What a prior factor may know: the data set's true class proportions, or None where there are no labels."""

    class_proportions: tuple[float, ...] | None


@dataclass(frozen=True)
class LossSpec:
    """What a loss may know: image shape (C, H, W), the width of each code's parameters, how many images and steps."""

    image_shape: tuple[int, int, int]
    codes: Mapping[str, int]
    dataset_size: int
    steps: int
