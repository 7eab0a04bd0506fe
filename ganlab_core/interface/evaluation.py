"""`Evaluation`: what a metric may ask of a trained model; each thing is computed at most once, when first asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import IMAGES_AT_ONCE, ImageData, to_unit_range
from ganlab_core.interface.judge import Judge
from ganlab_core.interface.latent import CategoricalFactor, Recognition
from ganlab_core.interface.model import Model
from ganlab_core.interface.randomness import derived_seed
from ganlab_core.interface.sampling import generate


def single_numbers(evaluation: Mapping[str, Any]) -> dict[str, float]:
    """The figures of an evaluation that are single numbers and tell of the model."""
    return {key: value for key, value in evaluation.items() if isinstance(value, int | float) and key != "seconds"}


class Metric(Protocol):
    """Figures by name of one evaluation: JSON values, and `Proportions` once at most, under any name.

    It may have a method `require(evaluation)`, called before a run's first step, which raises `GanlabError` where it
    sees already that there will be no figures. It looks at the data, and may ask the
    evaluation's `require_judge`; nothing that takes long, and nothing that the model draws.
    """

    def __call__(self, evaluation: Evaluation) -> dict[str, Any]: ...


class Evaluation:
    """A model, its data, and a judge where the data has labels.

    Attributes:
        samples_per_code: generated images for each category of the class code.
        code: the name of the class code: the prior's first categorical factor; None if it has none.
    """

    def __init__(
        self,
        *,
        model: Model,
        data: ImageData,
        obtain_judge: Callable[[], Judge | None],
        require_judge: Callable[[], None] = lambda: None,
        obtain_features: Callable[[], Tensor | None] = lambda: None,
        samples_per_code: int = 1000,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.data = data
        self.samples_per_code = samples_per_code
        self.seed = seed
        self.code = model.prior.class_code
        self.device = model.device
        self._obtain_judge = obtain_judge
        self._require_judge = require_judge
        self._obtain_features = obtain_features

    @cached_property
    def judge(self) -> Judge | None:
        """The frozen classifier that labels generated images; None where the data has no labels."""
        return self._obtain_judge()

    @property
    def has_labels(self) -> bool:
        """Whether the data has labels, and so a judge, which is not obtained for the answer."""
        return self.data.labels_N is not None

    def require_judge(self) -> None:
        """Check that there will be a judge, without training one.

        Raises:
            GanlabError: there are no labels, too few images to learn from, or weights that do not fit.
        """
        if not self.has_labels:
            raise self._no_labels()
        self._require_judge()

    @cached_property
    def generated_codes_M(self) -> Tensor:
        """The class code that each generated image was drawn from, `(classes * samples_per_code,)` int64."""
        return torch.arange(self._class_factor.classes).repeat_interleave(self.samples_per_code)

    @cached_property
    def generated_labels_M(self) -> Tensor:
        """What the judge says each of those generated images shows, int64.

        Raises:
            GanlabError: there is no judge, since the data set has no labels.
        """
        judge = self.judge
        if judge is None:
            raise self._no_labels()
        return torch.cat([judge.label(images_NCHW) for images_NCHW in self.generated_images()])

    @cached_property
    def generated_read_M(self) -> Tensor:
        """The category that the recognition head reads in each of those generated images, int64.

        Raises:
            GanlabError: the recipe has no recognition head.
        """
        self._require_recognition("generated images cannot be read")
        return torch.cat([self._recognise(images_NCHW).argmax(dim=1) for images_NCHW in self.generated_images()])

    @cached_property
    def real_codes_N(self) -> Tensor:
        """The category that the recognition head gives each real image of the data set, `(len(data),)` int64."""
        return self.real_code_probabilities_NK.argmax(dim=1)

    @cached_property
    def real_code_probabilities_NK(self) -> Tensor:
        """The recognition head's probabilities of each category for each real image, float32 on the CPU.

        By a frozen network's features of the images, where there are such and the head reads them: what `ganlab assign`
        gives. Else by the images themselves.

        Raises:
            GanlabError: the recipe has no recognition head or no categorical code.
        """
        _ = self._class_factor
        assert self.code is not None
        self._require_recognition("real images cannot be given a code")
        features_ND = self._obtain_features() if self.model.networks.reads_features else None
        if features_ND is not None:
            return torch.cat([self._recognise_features(batch_ND) for batch_ND in features_ND.split(IMAGES_AT_ONCE)])
        batches = self.data.images_NCHW.split(IMAGES_AT_ONCE)
        return torch.cat([self._recognise(to_unit_range(batch.to(self.device))) for batch in batches])

    @cached_property
    def learned_prior_K(self) -> Tensor:
        """The class code's probabilities, float32 on the CPU."""
        return self._class_factor.probabilities().detach().float().cpu()

    @property
    def true_prior(self) -> tuple[float, ...] | None:
        """The data set's class proportions, None without labels."""
        return self.data.class_proportions

    def generated_images(self) -> Iterator[Tensor]:
        """The generated images in the order of `generated_codes_M`, in batches, `(N, C, H, W)` in [-1, 1]."""
        factor = self._class_factor
        assert self.code is not None
        for category in range(factor.classes):
            for start in range(0, self.samples_per_code, IMAGES_AT_ONCE):
                yield generate(
                    self.model.average,
                    self.model.prior,
                    min(IMAGES_AT_ONCE, self.samples_per_code - start),
                    values={self.code: category},
                    seed=derived_seed(self.seed, "evaluation", category, start),
                    device=self.device,
                )

    def _no_labels(self) -> GanlabError:
        return GanlabError(f"dataset {self.data.name!r} has no labels, so no judge can label generated images")

    @property
    def _class_factor(self) -> CategoricalFactor:
        if self.code is None:
            raise GanlabError("the prior has no categorical code; add one (`--prior categorical`)")
        return self.model.prior.categorical[self.code]

    def _require_recognition(self, otherwise: str) -> None:
        if self.model.networks.recognition is None:
            raise GanlabError(f"the recipe has no networks.recognition, so {otherwise}")

    @torch.no_grad()
    def _recognise(self, images_NCHW: Tensor) -> Tensor:
        (recognition,) = self.model.networks.recognise([images_NCHW])
        return self._probabilities(recognition)

    @torch.no_grad()
    def _recognise_features(self, batch_ND: Tensor) -> Tensor:
        return self._probabilities(self.model.networks.recognise_features(batch_ND.to(self.device)))

    def _probabilities(self, recognition: Recognition) -> Tensor:
        assert self.code is not None
        return recognition.parameters[self.code].float().softmax(dim=1).cpu()
