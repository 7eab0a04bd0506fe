"""`Evaluation`: what a metric may ask of a trained model; each thing is computed at most once, when first asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ganlab_core.component import GanlabError
from ganlab_core.datasets.image_data import ImageData, to_unit_range
from ganlab_core.judge import Judge
from ganlab_core.networks.bundle import Networks
from ganlab_core.priors.product import Prior
from ganlab_core.randomness import derived_generator

_BATCH = 500


class Metric(Protocol):
    """Figures by name (JSON values) of one evaluation."""

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]: ...


class Evaluation:
    """A model (the averaged generator, networks in eval mode), its data, and a judge where the data has labels.

    Attributes:
        samples_per_code: generated images for each category of the class code.
        code: the name of the class code: the prior's first categorical factor; None if it has none.
    """

    def __init__(
        self,
        *,
        networks: Networks,
        prior: Prior,
        data: ImageData,
        judge: Judge | None,
        samples_per_code: int = 1000,
        seed: int = 0,
    ) -> None:
        self.networks = networks
        self.prior = prior
        self.data = data
        self.judge = judge
        self.samples_per_code = samples_per_code
        self.seed = seed
        self.code = next(iter(prior.categorical), None)
        self.device = next(networks.parameters()).device

    @cached_property
    def generated_codes_M(self) -> Tensor:
        """The class code that each generated image was drawn from, `(classes * samples_per_code,)` int64."""
        return torch.arange(self._class_factor.classes).repeat_interleave(self.samples_per_code)

    @cached_property
    def generated_labels_M(self) -> Tensor:
        """What the judge says each of those generated images shows, int64; needs a judge."""
        if self.judge is None:
            raise GanlabError("a judge is needed to label generated images, and this data set has no labels")
        return torch.cat([self.judge.label(images_NCHW) for images_NCHW in self.generated_images()])

    @cached_property
    def real_codes_N(self) -> Tensor:
        """The category that the recognition head gives each real image of the data set, `(len(data),)` int64."""
        return self.real_code_probabilities_NK.argmax(dim=1)

    @cached_property
    def real_code_probabilities_NK(self) -> Tensor:
        """The recognition head's probabilities of each category for each real image, float32 on the CPU."""
        ...

    @property
    def learned_prior_K(self) -> Tensor:
        """The class code's probabilities, float32 on the CPU."""
        return self._class_factor.probabilities().detach().float().cpu()

    @property
    def true_prior(self) -> tuple[float, ...] | None:
        """The data set's class proportions, None without labels."""
        return self.data.class_proportions

    def generated_images(self) -> Iterator[Tensor]:
        """The generated images in the order of `generated_codes_M`, in batches, `(N, C, H, W)` in [-1, 1]."""
        ...
