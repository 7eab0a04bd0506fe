"""`FeaturePair`: the two samples that every figure compares."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab_core import GanlabError


@dataclass(frozen=True)
class FeaturePair:
    """Features `(N, D)` of real images and `(M, D)` of generated ones, on the CPU.

    Raises:
        GanlabError: fewer than two images on a side, or features that are not finite.
    """

    real_ND: Tensor
    generated_MD: Tensor

    def __post_init__(self) -> None:
        for whose, features_ND in (("real", self.real_ND), ("generated", self.generated_MD)):
            require_distribution(len(features_ND), whose=whose)
            if not torch.isfinite(features_ND).all():
                raise GanlabError(
                    f"features of the {whose} images are not finite: the images or the network's weights hold NaN or "
                    "infinity; look at the images first"
                )


def require_distribution(count: int, *, whose: str) -> None:
    """Check that there are images enough to compare.

    Raises:
        GanlabError: fewer than two.
    """
    if count < 2:
        raise GanlabError(f"{count} {whose} images are no distribution to compare; give two or more")
