"""Diversity: how far apart generated images are from one another, against how far apart real ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganlab_core.interface.image_data import to_unit_range
from ganlab_core.interface.randomness import derived_generator, derived_seed
from ganlab_core.interface.sampling import generate

if TYPE_CHECKING:
    from ganlab_core.interface.evaluation import Evaluation


def mean_distance(images_NCHW: Tensor) -> float:
    """Mean Euclidean distance in pixel space between any two of the images; 0 if all are the same."""
    return torch.pdist(images_NCHW.flatten(1).float()).mean().item()


class Diversity:
    """Mean distance between generated images over that between real ones: near 1 is healthy, near 0 a collapse.

    A cheap alarm that needs no labels and no classifier, after the pairwise similarity that Odena et al. 2017
    (arXiv 1610.09585, section 4.2) look for collapsed classes with; it does not measure quality.

    Args:
        images: how many of each to compare, drawn by the run's seed.
    """

    def __init__(self, *, images: Annotated[int, Field(ge=2)] = 500) -> None:
        self._images = images

    def __call__(self, evaluation: Evaluation) -> dict[str, float]:
        """`diversity`, at least 0."""
        count = min(self._images, len(evaluation.data))
        generated_NCHW = generate(
            evaluation.model.average,
            evaluation.model.prior,
            count,
            seed=derived_seed(evaluation.seed, "diversity"),
            device=evaluation.device,
        )
        chosen_N = torch.randperm(
            len(evaluation.data), generator=derived_generator(evaluation.seed, "diversity", "real")
        )[:count]
        real_NCHW = to_unit_range(evaluation.data.images_NCHW[chosen_N])
        return {"diversity": mean_distance(generated_NCHW) / max(mean_distance(real_NCHW), 1e-12)}
